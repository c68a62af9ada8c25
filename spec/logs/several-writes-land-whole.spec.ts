import { cp, readdir, realpath, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type Engine, nodeRuntime, type OpenOptions, open, type Runtime } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { quiet, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { FaultyFiles } from '../support/faulty-files.ts';
import { liveCopy } from '../support/live-copy.ts';
import { blobsIn } from '../support/store-contents.ts';
import { type SyncedFiles, syncedFiles } from '../support/synced-files.ts';
import { valuesOf, wholeWrites, wholeWritesIn, writeWhole } from './support/whole-writes.ts';

// Of what `engine.write` brings, keys, records of several topics, a group's place, no crash leaves a part.

/** Nothing goes, everything is rewritten. */
const COMPACTION = { compactionThreshold: 1_000_000 };

interface Store {
  readonly engine: Engine;
  readonly directory: string;
}

async function started(t: ExecutionContext, runtime: Partial<Runtime> = {}, options: OpenOptions = {}): Promise<Store> {
  const directory = await realpath(await tempDirectory(t));
  const engine = await open(directory, { ...TINY, ...options, runtime: nodeRuntime(runtime) });
  t.teardown(() => engine.close());
  await engine.topic('one', { compaction: COMPACTION }).make();
  return { engine, directory };
}

test('cut off anywhere, the log has the last write as a whole or not at all', async (t) => {
  const { engine, directory } = await started(t);
  for (let i = 0; i < 3; i++) await writeWhole(engine, i);
  const before = engine.stats().wal.bytes;
  await writeWhole(engine, 3);
  const after = engine.stats().wal.bytes;
  const copy = await liveCopy(directory, `${await tempDirectory(t)}/copy`);
  const [segment] = await readdir(join(copy, 'wal'));
  const lengths = new Set([before, before + 1, after - 1, after]);
  for (let length = before; length < after; length += 7) lengths.add(length);
  t.true(lengths.size > 15);
  for (const length of lengths) {
    const torn = await tempDirectory(t);
    await cp(copy, torn, { recursive: true });
    await truncate(join(torn, 'wal', segment), length);
    t.is(await wholeWritesIn(t, torn, `${length} of ${after} bytes`), length === after ? 4 : 3);
  }
});

test('what an ageing or a flush has made durable does not outlive in a power loss what was written with it', async (t) => {
  const files = syncedFiles(nodeFiles());
  const faults = Faults.create();
  const { engine, directory } = await started(t, { files, startThread: faults.start }, { workers: 2 });
  const lost = async (what: string) => afterPowerLoss(t, files, directory, what);
  const writes = async (first: number) => {
    for (let i = first; i < first + 4; i++) await writeWhole(engine, i);
  };
  await writes(0);
  t.is(await lost('nothing was synced'), 0);
  await stoppedAt(faults, ['age', 'rewrite'], () => engine.topic('one').compact(), lost);
  t.is(await lost('compacted'), 4);
  await writes(4);
  t.is(await lost('written after the compaction'), 4);
  await stoppedAt(faults, ['flush', 'age'], () => engine.ask({ type: 'MinorCompact' }), lost);
  t.is(await lost('flushed'), 8);
});

test('after whatever history, a power loss leaves the first so many writes, each as a whole', async (t) => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant('write' as const) },
    { weight: 1, arbitrary: fc.constantFrom('synced write' as const, 'flush' as const, 'compact' as const, 'reopen' as const) },
    { weight: 2, arbitrary: fc.constant('start a compaction' as const) },
  );
  const history = fc.array(step, { minLength: 4, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(history, fc.nat(100), async (steps, percent) => {
      const files = syncedFiles(nodeFiles());
      const { engine: first, directory } = await started(t, { files });
      let engine = first;
      let [written, durable] = [0, 0];
      const running: Promise<void>[] = [];
      for (const one of steps) {
        if (one.endsWith('write')) await writeWhole(engine, written++, { sync: one === 'synced write' });
        else if (one === 'start a compaction') running.push(engine.topic('one').compact());
        else if (one === 'flush') await engine.ask({ type: 'MinorCompact' });
        else if (one === 'compact') await engine.topic('one').compact();
        else {
          await Promise.allSettled(running);
          await engine.close();
          engine = await open(directory, { ...TINY, runtime: nodeRuntime({ files }) });
          engine.topic('one', { compaction: COMPACTION });
        }
        if (one !== 'write' && one !== 'start a compaction') durable = written;
      }
      const left = await afterPowerLoss(t, files, directory, 'after the history', (unsynced) => Math.floor((unsynced * percent) / 100));
      await Promise.allSettled(running);
      t.is(await wholeWrites(t, engine, 'nothing happened'), written);
      await engine.close();
      if (left < durable || left > written) t.fail(`${left} writes are left, ${durable} were durable, ${written} acknowledged`);
    }),
    { numRuns: 12, endOnFailure: true, includeErrorInReport: true },
  );
});

test('killed while many write at once, it has whole writes, and those that were acknowledged', async (t) => {
  const { engine, directory } = await started(t);
  let acknowledged = 0;
  const under = Array.from({ length: 60 }, async (_, i) => {
    await engine.write((tx) => {
      tx.put(`key ${i}`, `${i}`);
      for (const name of ['one', 'other']) tx.produce(name, { key: 0n, value: `${i}` });
    });
    acknowledged++;
  });
  const flushed = engine.ask({ type: 'MinorCompact' });
  while (acknowledged === 0) await setImmediate();
  const before = acknowledged;
  const copy = await liveCopy(directory, `${await tempDirectory(t)}/copy`);
  await Promise.all([...under, flushed]);
  const found = await open(copy, TINY);
  t.teardown(() => found.close());
  const values = await valuesOf(found, 'one');
  t.true(values.length >= before);
  t.deepEqual(await valuesOf(found, 'other'), values);
  t.deepEqual((await found.kv.values().all()).sort(), [...values].sort());
});

test('a write whose expectation does not hold leaves no trace: no offset, no place of a group, no large value', async (t) => {
  const { engine, directory } = await started(t);
  await writeWhole(engine, 0);
  const groups = engine.topic('one').groups();
  const conflicts = Array.from({ length: 20 }, (_, i) =>
    engine.write((tx) => {
      tx.expect('last', i % 2 === 0 ? 'another' : undefined);
      tx.put('key 0000', 'overwritten');
      tx.put('trace', 'left');
      tx.produce('one', { key: 1n, value: 'x'.repeat(i % 4 === 0 ? 5_000 : 10) });
      tx.produce('other', { key: 1n, value: 'trace' });
      tx.commit('readers', 'one', 0);
      tx.commit('trace', 'one', 0);
    }),
  );
  // These are written between them, and get the offsets that follow.
  const between = Array.from({ length: 20 }, (_, i) => engine.topic('one').produce({ key: 1n, value: `${i + 1}` }));
  for (const conflict of conflicts) await t.throwsAsync(conflict, { code: 'LITHIFY_CONFLICT' });
  t.deepEqual(
    await Promise.all(between),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  t.deepEqual(engine.topic('other').offsets(), { beginning: 0, end: 0, next: 1 });
  t.deepEqual(await engine.kv.iterator().all(), [
    ['key 0000', '0'],
    ['last', '0'],
  ]);
  t.deepEqual(
    engine
      .topic('one')
      .groups()
      .map(({ group }) => group),
    groups.map(({ group }) => group),
  );
  await engine.ask({ type: 'MinorCompact' });
  await quiet(engine);
  const { tables } = await engine.verify();
  await engine.close();
  // A table, and one blob with the parts of both topics.
  t.is(tables, 3);
  t.is((await blobsIn(directory)).length, 2);
});

test('increments by compare-and-set lose nothing, however many race, through compactions and flushes', async (t) => {
  const { engine } = await started(t);
  await engine.write((tx) => {
    tx.expect('counter', undefined);
    tx.put('counter', '0');
  });
  let conflicts = 0;
  const increment = async (): Promise<void> => {
    const value = await engine.kv.get('counter');
    const next = `${Number(value) + 1}`;
    try {
      await engine.write((tx) => {
        tx.expect('counter', value);
        tx.put('counter', next);
        tx.produce('one', { key: 0n, value: next });
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'LITHIFY_CONFLICT')) throw error;
      conflicts++;
      return increment();
    }
  };
  const racing = Array.from({ length: 8 }, async () => {
    for (let i = 0; i < 15; i++) await increment();
  });
  await Promise.all([...racing, engine.topic('one').compact(), engine.ask({ type: 'MinorCompact' })]);
  t.true(conflicts > 0);
  t.is(await engine.kv.get('counter'), '120');
  t.deepEqual(
    await valuesOf(engine, 'one'),
    Array.from({ length: 120 }, (_, i) => `${i + 1}`),
  );
});

test('what the log does not take is refused as a whole, and the next write gets its offsets', async (t) => {
  for (const effect of ['none', 'half', 'whole'] as const) {
    const files = new FaultyFiles(nodeFiles());
    const { engine, directory } = await started(t, { files });
    await writeWhole(engine, 0);
    files.fail({ call: 'append', code: 'ENOSPC', effect });
    const refused = writeWhole(engine, 1);
    await setImmediate();
    const next = writeWhole(engine, 1);
    await t.throwsAsync(refused, { code: 'LITHIFY_DISK_FULL' });
    t.deepEqual(await next, [1, 1], effect);
    t.is(await wholeWrites(t, engine, effect), 2);
    await engine.close();
    t.is(await wholeWritesIn(t, directory, `${effect}, opened again`), 2);
  }
});

test('too large for a commit, it is refused before anything is written', async (t) => {
  const { engine } = await started(t);
  const write = engine.write((tx) => {
    tx.put('key', 'v');
    for (let i = 0; i < 20; i++) tx.produce('one', { key: 1n, value: 'x'.repeat(1_000) });
  });
  await t.throwsAsync(write, { code: 'LITHIFY_INVALID_ARGUMENT' });
  t.is(await engine.kv.get('key'), undefined);
  t.deepEqual(engine.topic('one').offsets(), { beginning: undefined, end: undefined, next: 0 });
  t.deepEqual(await writeWhole(engine, 0), [0, 0]);
});

test('an expectation that cannot be looked at refuses its write, and holds up nobody', async (t) => {
  const { checksum } = nodeRuntime();
  let isBroken = false;
  const { engine } = await started(t, { checksum: (bytes, seed) => (isBroken ? 1 : checksum(bytes, seed)) }, { cacheBytes: 0 });
  await writeWhole(engine, 0);
  await engine.ask({ type: 'MinorCompact' });
  isBroken = true;
  const write = engine.write((tx) => {
    tx.expect('last', '0');
    tx.put('last', '1');
    tx.produce('one', { key: 1n, value: '1' });
  });
  const other = engine.topic('one').produce({ key: 1n, value: '1' });
  await t.throwsAsync(write, { code: 'LITHIFY_CORRUPTION' });
  t.is(await other, 1);
  isBroken = false;
  t.is(await engine.kv.get('last'), '0');
});

test('of a large write nobody sees anything before all of it is there, though a compaction ages it meanwhile', async (t) => {
  const { turn } = nodeRuntime();
  const held = Promise.withResolvers<void>();
  let armed = false;
  let isHeld = false;
  // The turn between two halves of the group on its way into memory takes until it is let go.
  const slowTurn = () => {
    if (!armed) return turn();
    armed = false;
    isHeld = true;
    return held.promise;
  };
  const large = { workers: 2, memtableBytes: 8 * 1024 * 1024, memoryBytes: 64 * 1024 * 1024 };
  const { engine } = await started(t, { turn: slowTurn }, large);
  // Whatever fails, the writer must come to its end.
  t.teardown(() => held.resolve());
  const topic = engine.topic('one');
  await topic.produce({ key: 0n, value: 'before' });
  armed = true;
  const written = engine.write((tx) => {
    tx.put('key', 'v');
    for (let i = 0; i < 12_000; i++) tx.produce('one', { key: 0n, value: '' });
  });
  while (!isHeld) await setImmediate();
  await topic.compact();
  t.deepEqual(topic.offsets(), { beginning: 0, end: 0, next: 1 });
  t.deepEqual(await valuesOf(engine, 'one'), ['before']);
  t.is(await engine.kv.get('key'), undefined);
  held.resolve();
  t.is((await written).at(-1), 12_000);
  await topic.compact();
  t.is((await valuesOf(engine, 'one')).length, 12_001);
});

type Kind = Parameters<Faults['hold']>[0];

/** Does something, and looks around at the beginning of each of these jobs of it, one after the other. */
async function stoppedAt(faults: Faults, kinds: readonly Kind[], start: () => Promise<unknown>, look: (what: string) => Promise<unknown>) {
  const begun = kinds.map((kind) => faults.begun(kind));
  for (const kind of kinds) faults.hold(kind);
  const done = start();
  for (const [at, kind] of kinds.entries()) {
    await faults.reach(kind, begun[at] + 1);
    await look(`at the job '${kind}'`);
    faults.release(kind);
  }
  await done;
}

/** How many writes a machine has that loses power now, keeping so many of the log's bytes that were never synced. */
async function afterPowerLoss(
  t: ExecutionContext,
  files: SyncedFiles,
  directory: string,
  what: string,
  keep?: (unsynced: number) => number,
): Promise<number> {
  const copy = join(await tempDirectory(t), 'copy');
  await files.copyAfterPowerLoss(directory, copy, keep);
  return wholeWritesIn(t, copy, what);
}
