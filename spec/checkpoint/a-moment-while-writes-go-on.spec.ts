import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { takeMoment } from '../../actors/checkpoint/moment.ts';
import { EngineCore } from '../../actors/engine-core.ts';
import { keyBasedRetention, nodeRuntime, type OpenOptions, type Transaction } from '../../index.ts';
import { writeAll } from '../../kv/write.ts';
import { resolveOptions } from '../../protocol/options.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { faultInBlobs } from '../support/store-contents.ts';
import { freshTarget, inCopy } from './support/copies.ts';
import { contentAfter, contentOf, lastOf, recordsIn, write } from './support/history.ts';

const COPIES = 4;
/** Its log is compacted all the time, and nothing goes, since all keys are different but those of one write. */
const BUSY = { compaction: { compactionThreshold: 500, minDirtyRatio: 0, maxBytes: 1024 * 1024 * 1024 } };

const kinds: Record<string, OpenOptions> = { 'in this thread': TINY, 'in threads': { ...TINY, workers: 2 } };
for (const [kind, options] of Object.entries(kinds)) {
  test(`with jobs ${kind}, each copy is the history up to one write, with all that was acknowledged before it was asked for`, async (t) => {
    const engine = await openEngine(t, options);
    await engine.topic('a', BUSY).make();
    await engine.topic('b').make();
    let acknowledged = 0;
    let isGoing = true;
    const writing = (async () => {
      while (isGoing) await write(engine, ++acknowledged).catch((error) => t.fail(error));
    })();
    const copies: { location: string; before: number }[] = [];
    while (copies.length < COPIES) {
      // The one under way has not been acknowledged.
      const before = acknowledged - 1;
      if (before < 100 * copies.length) await setImmediate();
      else copies.push({ before, location: (await engine.checkpoint(await freshTarget(t))).location });
    }
    isGoing = false;
    await writing;
    for (const { location, before } of copies) {
      const content = await inCopy(location, contentOf);
      const last = lastOf(content);
      t.true(last >= before, `${last} of ${before}`);
      t.deepEqual(content, contentAfter(last));
    }
    t.deepEqual(await contentOf(engine), contentAfter(acknowledged));
    t.deepEqual((await engine.verify()).damage, []);
  });
}

test('a moment in which the records of a write are on disk and its keys are not is not taken', async (t) => {
  const engine = await EngineCore.open(await tempDirectory(t), resolveOptions(TINY), nodeRuntime());
  t.teardown(() => engine.ask({ type: 'Shutdown' }));
  const { core, logs } = engine;
  const topic = logs.topic('a', { compaction: { strategy: keyBasedRetention(100) } });
  const fill = (tx: Transaction) => {
    tx.put('key', 'of the same write');
    tx.produce('a', { key: 1n, value: 'of the same write' });
  };
  await writeAll(core, logs, fill, {});
  await topic.compact();
  t.is(topic.offsets()?.next, 1);
  t.is(core.tablet.logs.partitions.get('1/0')?.agedTo, 1);
  // A flush that comes to nothing, as one does that was over before the write.
  let asked = 0;
  const ask: EngineCore['ask'] = (message, options) => engine.ask(asked++ === 0 ? { ...message, memtable: 0 } : message, options);
  const { state, lease } = await takeMoment({ ask, core, signal: new AbortController().signal });
  t.is(asked, 2);
  t.is(state.version.minors[0]?.entries, 1);
  lease.release();
});

test('a large value whose record came too late for the copy is not in it', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, { ...TINY, workers: 2, runtime: nodeRuntime({ startThread: faults.start }) });
  const large = 'l'.repeat(TINY.memtableBytes / 2);
  await engine.topic('a').produce({ key: 1n, value: large });
  await engine.kv.put('something', 'to flush');
  faults.hold('flush');
  const made = engine.checkpoint(await freshTarget(t));
  await faults.reach('flush', 1);
  await engine.topic('a').produce({ key: 2n, value: large });
  faults.release('flush');
  const { location } = await made;
  t.is(await faultInBlobs(location, 1), undefined);
  t.is(await inCopy(location, (copy) => copy.topic('a').produce({ key: 3n, value: 'next' })), 1);
  t.is((await recordsIn(engine, 'a')).length, 2);
});
