import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { nodeRuntime, type Runtime } from '../../index.ts';
import { openEngine, TINY } from '../support/engines.ts';
import { fill } from '../support/held-engine.ts';
import { nextEvent } from '../support/next-event.ts';
import { chainOf, entriesOf } from './support/recorded.ts';

/** Wall time passes only when a spec says so. */
function steppedClock(): { runtime: Runtime; step(): void } {
  const real = nodeRuntime();
  let ms = 1_000;
  return { runtime: { ...real, clock: { ...real.clock, wall: () => ms } }, step: () => void ms++ };
}

test('no more entries are kept than were asked for, and the numbers tell how many have gone', async (t) => {
  const engine = await openEngine(t, { ...TINY, recorder: { entries: 64 } });
  for (let i = 0; i < 30; i++) await engine.ask({ type: 'GarbageCollect' });
  const { entries, last } = engine.recorder.since(0);
  t.true(entries.length <= 64 && entries.length >= 32);
  t.true(last > 200);
  const dump = engine.recorder.dump();
  t.is(dump.dropped + dump.entries.length, dump.entries.at(-1)?.n ?? 0);
  t.deepEqual(
    entries.map(({ n }) => n),
    entries.map(({ n }) => n).sort((a, b) => a - b),
  );
});

test('since() gives what is new, the newest of it, and where to go on', async (t) => {
  const engine = await openEngine(t, TINY);
  await fill(engine, 50);
  await engine.ask({ type: 'MinorCompact' });
  const before = engine.recorder.since(0);
  t.is(before.entries.at(-1)?.n, before.last);
  t.deepEqual(engine.recorder.since(before.last), { entries: [], last: before.last });
  await engine.ask({ type: 'GarbageCollect' });
  const after = engine.recorder.since(before.last);
  t.true(after.entries.length > 3 && after.entries.every(({ n }) => n > before.last));
  const { entries } = engine.recorder.since(before.last, 2);
  t.deepEqual(entries, after.entries.slice(-2));
  t.deepEqual(engine.recorder.since(before.last, 0).entries, []);
});

test('thousands of commits push out nothing that is rare', async (t) => {
  const { runtime, step } = steppedClock();
  const engine = await openEngine(t, {
    ...TINY,
    storage: 'memory',
    memtableBytes: 2 ** 24,
    memoryBytes: 2 ** 26,
    runtime,
    recorder: { entries: 256 },
  });
  await engine.ask({ type: 'GarbageCollect' });
  const before = entriesOf(engine).filter(({ actor }) => actor === 'mailbox' || actor === 'engine');
  t.true(before.length > 3);
  for (let i = 0; i < 2_000; i++) {
    step();
    await engine.kv.put(`k${i % 50}`, 'v');
  }
  const after = entriesOf(engine);
  t.deepEqual(
    before.filter(({ n }) => !after.some((entry) => entry.n === n)),
    [],
  );
  t.true(after.filter(({ actor }) => actor === 'writer').length <= 256 / 8 + 10);
});

test('chatter that something came of stays with it', async (t) => {
  const { runtime, step } = steppedClock();
  const engine = await openEngine(t, { ...TINY, storage: 'memory', runtime, recorder: { entries: 512 } });
  const put = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      step();
      await engine.kv.put(`k${i % 10}`, 'v'.repeat(60));
    }
  };
  const compacted = nextEvent(engine, 'compacted');
  await put(0, 300);
  await compacted;
  const assigned = entriesOf(engine).find(({ type, details }) => type === 'Assign' && JSON.stringify(details).includes('"memtable"'));
  await put(0, 100);
  const after = entriesOf(engine);
  t.false(after.some(({ n, type }) => type === 'Submitted' && n < (assigned?.n ?? 0) && n > (assigned?.n ?? 0) - 4));
  for (const { n } of after) {
    const since = engine.recorder.since(n).entries.map((entry) => entry.n);
    if (since.length !== after.filter((entry) => entry.n > n).length) t.fail(`since(${n}): ${since.join()}`);
  }
  t.deepEqual(chainOf(after, assigned), ['engine Notice', 'mailbox Admit', 'compactor-0 Assign']);
});

test('of the rounds of the writer one a millisecond is written down, whole, with how many were left out before it', async (t) => {
  const { runtime, step } = steppedClock();
  const engine = await openEngine(t, { ...TINY, storage: 'memory', runtime });
  const putTen = async () => {
    step();
    for (let i = 0; i < 10; i++) {
      await engine.kv.put(`k${i}`, 'v');
      // The writer is idle again.
      await setImmediate();
    }
  };
  await putTen();
  const { last } = engine.recorder.since(0);
  await putTen();
  const round = engine.recorder
    .since(last)
    .entries.map(({ n, actor, type, cause, details }) => [n - last, actor, type, cause && cause - last, details?.skipped]);
  t.deepEqual(round, [
    [1, 'writer', 'Submitted', undefined, 9],
    [2, 'writer', 'idle → committing', 1, undefined],
    [3, 'writer', 'xstate.done.actor.commit', 1, undefined],
    [4, 'writer', 'committing → deciding', 3, undefined],
    [5, 'writer', 'deciding → idle', 3, undefined],
  ]);
});

test('switched off it records nothing, and everything else works', async (t) => {
  const engine = await openEngine(t, { ...TINY, recorder: { entries: 0 } });
  await fill(engine, 50);
  await engine.ask({ type: 'MinorCompact' });
  t.deepEqual(engine.recorder.since(0), { entries: [], last: 0 });
  t.like(engine.recorder.dump(), { entries: [], dropped: 0, format: 'lithify-recorder' });
});

test('malformed options are refused by their names', async (t) => {
  const refused: [recorder: unknown, option: string][] = [
    [7, 'recorder'],
    [null, 'recorder'],
    [[], 'Option recorder is'],
    [{ entries: -1 }, 'recorder.entries'],
    [{ entries: 1.5 }, 'recorder.entries'],
    [{ entries: 2 ** 21 }, 'recorder.entries'],
    [{ directory: '' }, 'recorder.directory'],
    [{ directory: true }, 'recorder.directory'],
    [{ size: 3 }, 'recorder.size'],
  ];
  for (const [recorder, option] of refused) {
    await t.throwsAsync(
      openEngine(t, { ...TINY, recorder: recorder as object }),
      { code: 'LITHIFY_INVALID_ARGUMENT', message: new RegExp(option) },
      option,
    );
  }
});

test('what is no number from 0 is refused where entries are asked for', async (t) => {
  const { recorder } = await openEngine(t, { ...TINY, storage: 'memory' });
  const none: [n: unknown, limit: unknown, option: string][] = [
    [undefined, 1, 'n'],
    ['3', 1, 'n'],
    [-1, 1, 'n'],
    [Number.NaN, 1, 'n'],
    [0, null, 'limit'],
    [0, -1, 'limit'],
  ];
  for (const [n, limit, option] of none) {
    const error = t.throws(() => recorder.since(n as number, limit as number), { code: 'LITHIFY_INVALID_ARGUMENT' });
    t.like(error, { details: { option } });
  }
});
