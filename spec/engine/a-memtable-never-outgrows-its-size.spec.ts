import test, { type ExecutionContext } from 'ava';
import { type Engine, type Files, nodeRuntime, type OpenOptions, open } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { contentOf, eventsOf, openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';

// D38 of the seed: a limit of 60 bytes let 65 kB into one log, since the one who rotates it had to win a lock from the
// writer. Its frozen memtables had no limit either.

const OPTIONS = { ...TINY, memtableBytes: 8 * 1024 };
/** A group's bytes are at most half a memtable. */
const GROUP_BYTES = OPTIONS.memtableBytes / 2;

test('in a tight loop of 4,000 writes no memtable and no segment outgrows its size by more than a group', async (t) => {
  const { engine, segments } = await watched(t, OPTIONS);
  const events = eventsOf(engine);
  // Nobody waits for anybody: the loop never gives the engine a turn.
  await Promise.all(Array.from({ length: 4000 }, (_, i) => engine.kv.put(`key-${i}`, `value ${i}`)));
  await quiet(engine);
  const sealed = events.flatMap((event) => (event.type === 'memtableSealed' ? [event.bytes] : []));
  t.true(sealed.length > 10);
  t.true(Math.max(...sealed) <= OPTIONS.memtableBytes, `${Math.max(...sealed)} bytes in a memtable`);
  t.true(segments.length > 10);
  t.true(Math.max(...segments) <= OPTIONS.memtableBytes + GROUP_BYTES, `${Math.max(...segments)} bytes in a segment`);
  t.is((await contentOf(engine)).length, 4000);
});

test('the same with batches as large as may be, and one that is larger is refused', async (t) => {
  const { engine, segments } = await watched(t, OPTIONS);
  const events = eventsOf(engine);
  const value = 'v'.repeat(100);
  const batch = (i: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ type: 'put' as const, key: `key-${i}-${n}`, value }));
  await Promise.all(Array.from({ length: 60 }, (_, i) => engine.kv.batch(batch(i, 36))));
  await t.throwsAsync(engine.kv.batch(batch(99, 40)), { code: 'LITHIFY_INVALID_ARGUMENT', message: /too large/ });
  await quiet(engine);
  const sealed = events.flatMap((event) => (event.type === 'memtableSealed' ? [event.bytes] : []));
  t.true(Math.max(...sealed) <= OPTIONS.memtableBytes, `${Math.max(...sealed)} bytes in a memtable`);
  t.true(Math.max(...segments) <= OPTIONS.memtableBytes + GROUP_BYTES, `${Math.max(...segments)} bytes in a segment`);
  t.is((await contentOf(engine)).length, 60 * 36);
});

test('while no flush lands, writers wait before memory is over its limit, and go on when one has', async (t) => {
  const faults = Faults.create();
  faults.hold('flush');
  t.teardown(() => faults.release('flush'));
  const options = { ...OPTIONS, memoryBytes: 192 * 1024, compactors: 1, workers: 1 };
  const engine = await openEngine(t, { ...options, runtime: nodeRuntime({ startThread: faults.start }) });
  const events = eventsOf(engine);
  const waiting = nextEvent(engine, 'writersWaiting');
  let acknowledged = 0;
  const writes = Array.from({ length: 3000 }, (_, i) => engine.kv.put(`key-${i}`, `value ${i}`).then(() => acknowledged++));
  await waiting;
  const { bytes, limit, sealed } = engine.stats().memtables;
  t.true(bytes <= limit && limit <= options.memoryBytes, `${bytes} of ${limit}`);
  t.true(sealed.length > 1);
  t.true(acknowledged < writes.length);
  // What has been acknowledged can be read while the writers wait.
  t.is((await contentOf(engine)).length, acknowledged);
  faults.release('flush');
  await Promise.all(writes);
  t.true(events.some(({ type }) => type === 'writersResumed'));
  t.is((await contentOf(engine)).length, 3000);
});

/** An engine and the sizes that its segments had when they were deleted. */
async function watched(t: ExecutionContext, options: OpenOptions): Promise<{ engine: Engine; segments: number[] }> {
  const inner = nodeFiles();
  const segments: number[] = [];
  const files: Files = {
    ...inner,
    remove: async (path) => {
      if (path.endsWith('.wal') && (await inner.exists(path))) segments.push(await inner.size(path));
      await inner.remove(path);
    },
  };
  const engine = await open(await tempDirectory(t), { ...options, runtime: nodeRuntime({ files }) });
  t.teardown(() => engine.close());
  return { engine, segments };
}
