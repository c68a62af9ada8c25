import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Engine, nodeRuntime, type Offset, type OpenOptions, type Topic } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { FaultyFiles, type FileFault } from '../support/faulty-files.ts';
import { blobsIn, manifestIn } from '../support/store-contents.ts';
import { shown } from './support/topics.ts';

const FAULTS: readonly (readonly [what: string, code: string, faults: readonly FileFault[]])[] = [
  ['takes nothing', 'LITHIFY_WAL', [{ call: 'append', code: 'EIO' }]],
  ['takes half of it', 'LITHIFY_WAL', [{ call: 'append', code: 'EIO', effect: 'half' }]],
  ['is full', 'LITHIFY_DISK_FULL', [{ call: 'append', code: 'ENOSPC', effect: 'half' }]],
  ['cannot be synced', 'LITHIFY_WAL', [{ call: 'sync', code: 'EIO' }]],
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
  test(`when the log ${what}, the record is refused, nowhere, and has used up no offset`, async (t) => {
    const { engine, files, directory, topic } = await faulty(t, { durability: 'fsync' });
    t.is(await topic.produce({ key: 1n, value: 'before' }), 0);
    for (const fault of faults) files.fail(fault);
    await t.throwsAsync(topic.produce({ key: 2n, value: 'refused' }), { code });
    t.deepEqual(topic.offsets(), { beginning: 0, end: 0, next: 1 });
    t.is(await topic.produce({ key: 3n, value: 'after' }), 1);
    t.deepEqual(await shown(topic), ['0:before', '1:after']);
    await engine.ask({ type: 'MinorCompact' });
    t.is(await topic.produce({ key: 4n, value: 'flushed' }), 2);
    await engine.close();
    const again = (await openEngine(t, TINY, directory)).topic('t');
    t.deepEqual(await shown(again), ['0:before', '1:after', '2:flushed']);
    t.is(again.offsets()?.next, 3);
  });
}

test('those that wait behind a refused group are numbered without a gap, in every topic that it had records of', async (t) => {
  const { engine, files, directory, topic } = await faulty(t);
  const other = engine.topic('other', { partitions: 2 });
  const all = (value: string): Promise<Offset>[] => [
    topic.produce({ key: 0n, value }),
    other.produce({ key: 0n, value }),
    other.produce({ key: 1n, value }),
    topic.produce({ key: 0n, value: `${value} again` }),
  ];
  t.deepEqual(await Promise.all(all('first')), [0, 0, 0, 1]);
  files.fail({ call: 'append', code: 'EIO', effect: 'half' });
  const before = files.counts.append;
  const doomed = Promise.allSettled(all('doomed'));
  while (files.counts.append === before) await setImmediate();
  // These gather behind the group that is failing.
  const later = [...all('second'), ...all('third')];
  t.true((await doomed).every(({ status }) => status === 'rejected'));
  t.deepEqual(await Promise.all(later), [2, 1, 1, 3, 4, 2, 2, 5]);
  const wanted = ['0:first', '1:first again', '2:second', '3:second again', '4:third', '5:third again'];
  t.deepEqual(await shown(topic), wanted);
  await engine.close();
  const again = await openEngine(t, TINY, directory);
  t.deepEqual(await shown(again.topic('t')), wanted);
  t.deepEqual(await shown(again.topic('other'), { partition: 1 }), ['0:first', '1:second', '2:third']);
});

test('a subscriber that waits at the end never sees a refused record', async (t) => {
  const { files, topic } = await faulty(t);
  await topic.produce({ key: 1n, value: 'before' });
  const live = topic.subscribe({ from: 'end' });
  const next = live.next();
  files.fail({ call: 'append', code: 'EIO', effect: 'half' });
  await t.throwsAsync(topic.produce({ key: 1n, value: 'refused' }), { code: 'LITHIFY_WAL' });
  await topic.produce({ key: 1n, value: 'after' });
  t.like((await next).value, { offset: 1, value: new TextEncoder().encode('after') });
  await live.return();
});

test('of many records in one call, those of a refused group are not there and the others have no gap', async (t) => {
  const { files, topic } = await faulty(t);
  await topic.make();
  files.fail({ call: 'append', code: 'EIO', at: 2 });
  const values = Array.from({ length: 400 }, (_, i) => `value ${i}`.padEnd(100, '.'));
  await t.throwsAsync(topic.produceMany(values.map((value, i) => ({ key: BigInt(i), value }))), { code: 'LITHIFY_WAL' });
  const found = await shown(topic);
  t.true(found.length > 0 && found.length < values.length);
  t.deepEqual(
    found.map((one) => Number(one.split(':')[0])),
    found.map((_, i) => i),
  );
  const kept = found.map((one) => values.indexOf(one.slice(one.indexOf(':') + 1)));
  t.deepEqual(
    kept,
    kept.toSorted((a, b) => a - b),
  );
  t.is(await topic.produce({ key: 1n, value: 'after' }), found.length);
});

test('a large value whose record is refused gives its room back', async (t) => {
  const { engine, files, topic, directory } = await faulty(t);
  await topic.produce({ key: 1n, value: 'small' });
  const large = () => topic.produce({ key: 1n, value: 'x'.repeat(5_000) });
  files.fail({ call: 'append', code: 'EIO', times: 3 });
  for (let i = 0; i < 3; i++) await t.throwsAsync(large(), { code: 'LITHIFY_WAL' });
  t.is(await large(), 1);
  t.deepEqual(
    (await shown(topic)).map(({ length }) => length),
    [7, 5_002],
  );
  await quiet(engine);
  t.is(engine.stats().garbage.blobs, 0);
  await engine.close();
  t.is((await manifestIn(directory)).version.logs.staged.size, 1);
  t.is((await blobsIn(directory)).length, 1);
});

async function faulty(
  t: ExecutionContext,
  options: OpenOptions = {},
): Promise<{ engine: Engine; files: FaultyFiles; directory: string; topic: Topic }> {
  const files = new FaultyFiles(nodeFiles());
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, { ...TINY, ...options, runtime: nodeRuntime({ files }) }, directory);
  return { engine, files, directory, topic: engine.topic('t') };
}
