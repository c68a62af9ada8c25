import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Engine, nodeRuntime, open } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { contentOf, eventsOf, openEngine, quiet, sorted, TINY, tempDirectory } from '../support/engines.ts';
import { FaultyFiles, type FileFault } from '../support/faulty-files.ts';

// D9 and D10 of the seed: after one failed write of the log nothing worked any more, though the fault had gone.

const FAULTS: readonly (readonly [what: string, code: string, faults: readonly FileFault[]])[] = [
  ['takes nothing', 'LITHIFY_WAL', [{ call: 'append', code: 'EIO' }]],
  ['takes half of it', 'LITHIFY_WAL', [{ call: 'append', code: 'EIO', effect: 'half' }]],
  ['is full', 'LITHIFY_DISK_FULL', [{ call: 'append', code: 'ENOSPC', effect: 'half' }]],
  ['cannot be synced', 'LITHIFY_WAL', [{ call: 'sync', code: 'EIO' }]],
  // In all these cases a new segment takes over.
  [
    'fails and cannot be cut back',
    'LITHIFY_WAL',
    [
      { call: 'append', code: 'EIO', effect: 'half' },
      { call: 'truncate', code: 'EIO' },
    ],
  ],
];

for (const [what, code, faults] of FAULTS) {
  test(`when the log ${what}, the write is refused and is nowhere, and the next one works`, async (t) => {
    const { engine, files, directory } = await faulty(t, { durability: 'fsync' });
    await engine.kv.put('before', '1');
    for (const fault of faults) files.fail(fault);
    await t.throwsAsync(engine.kv.put('refused', 'x'), { code });
    t.is(await engine.kv.get('refused'), undefined);
    await engine.kv.put('after', '2');
    const content = [
      ['after', '2'],
      ['before', '1'],
    ];
    t.deepEqual(await contentOf(engine), content);
    await engine.ask({ type: 'MinorCompact' });
    await engine.kv.put('after', '2');
    t.deepEqual(await contentOf(engine), content);
    await engine.close();
    t.deepEqual(await contentOf(await openEngine(t, TINY, directory)), content);
  });
}

test('all writes of a refused group are refused, those after it are not, and none is half there', async (t) => {
  const { engine, files, directory } = await faulty(t);
  await engine.kv.put('k0', 'v');
  files.fail({ call: 'append', code: 'EIO', effect: 'half' });
  const write = (i: number) =>
    engine.kv.batch([
      { type: 'put', key: `k${i}`, value: 'v' },
      { type: 'put', key: `twin of k${i}`, value: 'v' },
    ]);
  const before = files.counts.append;
  const doomed = [1, 2].map(write);
  doomed.forEach((done) => done.catch(() => undefined));
  while (files.counts.append === before) await setImmediate();
  // These gather behind the group that is failing.
  const outcomes = await Promise.allSettled([...doomed, ...[3, 4].map(write)]);
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
  );
  await engine.kv.put('k5', 'v');
  const expected = ['k0', 'k3', 'k4', 'k5', 'twin of k3', 'twin of k4'];
  t.deepEqual(await engine.kv.keys().all(), expected);
  await engine.close();
  t.deepEqual(await (await openEngine(t, TINY, directory)).kv.keys().all(), expected);
});

for (const call of ['create', 'sync'] as const) {
  test(`when no new segment can be had (${call}), writes that need one are refused, and all is well once it can`, async (t) => {
    const { engine, files, directory } = await faulty(t);
    const events = eventsOf(engine);
    files.fail({ call, code: 'EMFILE', times: 3 });
    const { model, refused } = await writeUntil(engine, () => sealedIn(events) >= 2);
    // Repairing the log may meet the fault as well.
    t.true(refused >= 1 && refused <= 3, `${refused} refused`);
    t.deepEqual(await contentOf(engine), sorted(model));
    await quiet(engine);
    t.deepEqual(await contentOf(engine), sorted(model));
    await engine.close();
    t.deepEqual(await contentOf(await openEngine(t, TINY, directory)), sorted(model));
  });
}

test('a flush that was asked for and cannot begin a new segment is refused, and works when asked for again', async (t) => {
  const { engine, files } = await faulty(t);
  await engine.kv.put('k', 'v');
  files.fail({ call: 'create', code: 'ENOSPC' });
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_DISK_FULL' });
  await engine.kv.put('l', 'v');
  t.like(await engine.ask({ type: 'MinorCompact' }), { compacted: true, entriesOut: 2 });
});

test('a segment that cannot be deleted fails nobody, and goes with the next one', async (t) => {
  const { engine, files } = await faulty(t);
  files.fail({ call: 'remove', at: 2, code: 'EACCES' });
  for (let i = 0; i < 4; i++) {
    await engine.kv.put('k', `${i}`);
    await engine.ask({ type: 'MinorCompact' });
  }
  t.is((await files.list(`${engine.location}/wal`)).length, 1);
});

async function faulty(t: ExecutionContext, options = {}): Promise<{ engine: Engine; files: FaultyFiles; directory: string }> {
  const directory = await tempDirectory(t);
  const files = new FaultyFiles(nodeFiles());
  const engine = await open(directory, { ...TINY, ...options, runtime: nodeRuntime({ files }) });
  t.teardown(() => engine.close());
  return { engine, files, directory };
}

async function writeUntil(engine: Engine, isEnough: () => boolean): Promise<{ model: Map<string, string>; refused: number }> {
  const model = new Map<string, string>();
  let refused = 0;
  for (let i = 0; !isEnough(); i++) {
    const [key, value] = [`key-${i}`, `value ${i} ${'·'.repeat(50)}`];
    try {
      await engine.kv.put(key, value);
      model.set(key, value);
    } catch {
      refused++;
    }
  }
  return { model, refused };
}

function sealedIn(events: ReturnType<typeof eventsOf>): number {
  return events.filter(({ type }) => type === 'memtableSealed').length;
}
