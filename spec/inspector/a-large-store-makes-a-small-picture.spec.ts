import test from 'ava';
import fc from 'fast-check';
import type { MessageKey, StoreShape, TableShapeInfo } from '../../index.ts';
import { pauseAfter } from '../../inspector/feed/pace.ts';
import { shapeView } from '../../inspector/feed/shape-view.ts';
import { topicsView } from '../../inspector/feed/topic-view.ts';
import { openEngine } from '../support/engines.ts';

const MOST = 300;

function tables(count: number, key: MessageKey = 'k'): TableShapeInfo[] {
  const rest = { bytes: 1, entries: 1, tombstones: 0, minKey: key, maxKey: key, heldBytes: 0 };
  return Array.from({ length: count }, (_, id) => ({ id, ...rest }));
}

function shape(parts: Partial<StoreShape>): StoreShape {
  return { version: 1, minors: [], levels: [], orders: [], garbage: [], leases: [], ...parts };
}

test('of a long level tables at even distances are shown, the first and the last among them', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 4 }), ([minors, ...levels]) => {
      const view = shapeView(shape({ minors: tables(minors), levels: levels.map((count) => tables(count)) }));
      for (const [at, count] of [minors, ...levels].entries()) {
        const shown = [view.minors, ...view.levels][at].map(({ id }) => id);
        t.is(shown.length, Math.min(count, MOST));
        t.is(view.leftOut[at], count - shown.length);
        t.deepEqual([shown[0], shown.at(-1)], count === 0 ? [undefined, undefined] : [0, count - 1]);
        const gaps = shown.slice(1).map((id, i) => id - shown[i]);
        t.true(count <= 1 || (Math.min(...gaps) >= 1 && Math.max(...gaps) - Math.min(...gaps) <= 1));
      }
    }),
    { numRuns: 20 },
  );
});

test('long keys are cut, as text or as Base64', (t) => {
  const [text] = shapeView(shape({ minors: tables(1, 'x'.repeat(100_000)) })).minors;
  t.is(text.minKey, `${'x'.repeat(96)}…`);
  const [bytes] = shapeView(shape({ minors: tables(1, { base64: Buffer.alloc(100_000, 7).toString('base64') }) })).minors;
  t.deepEqual(bytes.maxKey, { base64: Buffer.alloc(72, 7).toString('base64') });
  t.is(shapeView(shape({ minors: tables(1, 'short') })).minors[0].minKey, 'short');
});

test('the picture of a huge store has a bounded size', (t) => {
  const order = {
    id: 1,
    kind: 'major',
    reason: 'x',
    inputs: Array.from({ length: 10_000 }, (_, i) => i),
    target: 6,
    bytes: 1,
    minKey: 'a',
    maxKey: 'b',
    slices: 1,
    done: 0,
  } as const;
  const huge = shape({
    ...{ minors: tables(20_000), levels: Array.from({ length: 7 }, () => tables(50_000, 'y'.repeat(1000))) },
    ...{
      orders: Array.from({ length: 3000 }, () => order),
      garbage: tables(10_000).map(({ id, bytes }) => ({ id, bytes, pinned: false })),
    },
    leases: Array.from({ length: 9000 }, () => ({ owner: 'iterator', ageMs: 1, version: 1, pinnedBlobs: 0, pinnedBytes: 0 })),
  });
  t.true(JSON.stringify(shapeView(huge)).length < 2 ** 20);
});

test('of many topics the largest are shown, by name, and the others are counted', async (t) => {
  const engine = await openEngine(t);
  const names = Array.from({ length: 70 }, (_, at) => `topic-${String(at).padStart(2, '0')}`);
  await Promise.all(names.map((name, at) => engine.topic(name).produce({ key: 1n, value: 'x'.repeat(at) })));
  const { topics, topicsLeftOut, bytes } = topicsView(engine);
  t.deepEqual(
    topics.map(({ name }) => name),
    names.slice(6),
  );
  t.is(topicsLeftOut, 6);
  t.is(
    bytes,
    engine.topics().reduce((sum, topic) => sum + topic.bytes, 0),
  );
});

test('of many partitions the first are shown', async (t) => {
  const engine = await openEngine(t);
  await engine.topic('wide', { partitions: 100 }).make();
  const [{ partitions }] = topicsView(engine).topics;
  t.deepEqual(
    partitions.map(({ partition }) => partition),
    Array.from({ length: 32 }, (_, at) => at),
  );
  t.like(partitions[0], { next: 0, activeBytes: 0, historyBytes: 0 });
  t.false('beginning' in partitions[0]);
});

test('a look that costs more comes less often, so that it never takes more than its share', (t) => {
  const pace = { everyMs: 200, share: 0.02 };
  t.is(pauseAfter(1, pace), 200);
  t.is(pauseAfter(4, pace), 200);
  t.is(pauseAfter(10, pace), 500);
  t.is(pauseAfter(10_000, pace), 5000, 'but now and then there is one');
  t.is(pauseAfter(0, { everyMs: 9000, share: 0.02 }), 9000);
  t.is(pauseAfter(900, { ...pace, longestMs: 120_000 }), 45_000, 'unless it may take its time');
});
