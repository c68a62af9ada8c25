import { open as openFile, readdir, realpath, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Engine, nodeRuntime, type OpenOptions } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { liveCopy } from '../support/live-copy.ts';
import { runInProcess } from '../support/processes.ts';
import { type SyncedFiles, syncedFiles } from '../support/synced-files.ts';
import { records, recordsOf, shown } from './support/topics.ts';

// D4, D10 and D17 of the seed: acknowledged meant "in a buffer of the process", a steady trickle stayed there for seconds, and what a power
// loss leaves at the end of a small file made its topic unwritable for good.

test("with durability 'fsync', the default, an acknowledged record survives a power loss right after, and so does what a group committed", async (t) => {
  const { durability: _, ...options } = TINY;
  const { engine, files, location } = await started(t, options);
  const topic = engine.topic('topic');
  for (let i = 0; i < 3; i++) {
    await topic.produce({ key: 1n, value: `v${i}` });
    await topic.commit('group', i);
    const copy = await openEngine(t, TINY, await afterPowerLoss(t, files, location));
    t.is((await shown(copy.topic('topic'))).at(-1), `${i}:v${i}`);
    t.like(copy.topic('topic').groups(), { 0: { group: 'group', committed: i } });
    await copy.close();
  }
});

test("with durability 'os' a record is synced when it asks for that, with all that came before it", async (t) => {
  const { engine, files, location } = await started(t, { ...TINY, durability: 'os' });
  const topic = await engine.topic('topic').make();
  const before = files.syncs;
  await topic.produceMany(records(3));
  t.is(files.syncs, before);
  await topic.produce({ key: 1n, value: 'synced' }, { sync: true });
  await topic.produce({ key: 1n, value: 'not synced' });
  const copy = await openEngine(t, TINY, await afterPowerLoss(t, files, location));
  t.deepEqual(await shown(copy.topic('topic')), ['0:value 0', '1:value 1', '2:value 2', '3:synced']);
});

test('in a steady trickle each record is in the log and in front of its readers when it is acknowledged, not when things have calmed down', async (t) => {
  const engine = await openEngine(t);
  const topic = await engine.topic('topic').make();
  const tail = topic.subscribe();
  for (let i = 0; i < 4; i++) {
    const seen = tail.next();
    t.is(await topic.produce({ key: 1n, value: `v${i}` }), i);
    t.deepEqual(topic.offsets(), { beginning: 0, end: i, next: i + 1 });
    t.like(await seen, { value: { offset: i } });
    const copy = await openEngine(t, TINY, await liveCopy(engine.location, join(await tempDirectory(t), 'copy')));
    t.is((await recordsOf(copy.topic('topic'))).length, i + 1);
    await copy.close();
  }
});

test('a process that is killed while it produces has lost nothing of what it was told', async (t) => {
  const location = await tempDirectory(t);
  const ended = await runInProcess(
    t,
    `import { writeSync } from 'node:fs';
     const engine = await open(${JSON.stringify(location)}, { workers: 0, durability: 'os', memtableBytes: 16384 });
     const topic = engine.topic('topic');
     for (let i = 0; i < 1e6; i++) {
       const produced = topic.produce({ key: 1n, value: 'v' + i }).then((offset) => writeSync(1, offset + ' '));
       if (i % 20 === 0) await produced;
       if (i === 3010) process.kill(process.pid, 'SIGKILL');
     }`,
  );
  const acknowledged = ended.stdout.trim().split(' ').map(Number);
  t.true(acknowledged.length >= 3000, ended.stderr);
  const topic = (await openEngine(t, TINY, location)).topic('topic');
  const found = await shown(topic);
  t.true(found.length >= acknowledged.length, `${found.length} of ${acknowledged.length}`);
  t.true(found.every((one, i) => one === `${i}:v${i}`));
  t.is(await topic.produce({ key: 1n, value: 'on' }), found.length);
});

for (const [what, harm] of Object.entries({
  'torn in its last record': (file: string, size: number) => truncate(file, size - 7),
  'followed by zeros': (file: string, size: number) => truncate(file, size + 64),
  'with a bit of its last record turned over': (file: string, size: number) => turnOver(file, size - 9),
})) {
  test(`a log that is ${what} costs that record at most, and the topic goes on behind what is left`, async (t) => {
    const engine = await openEngine(t);
    for (const record of records(4)) await engine.topic('topic').produce(record);
    const location = await liveCopy(engine.location, join(await tempDirectory(t), 'copy'));
    const segment = join(location, 'wal', (await readdir(join(location, 'wal'))).sort().at(-1) ?? '');
    await harm(segment, (await stat(segment)).size);
    const topic = (await openEngine(t, TINY, location)).topic('topic');
    const left = await recordsOf(topic);
    t.true(left.length >= 3, `${left.length} are left`);
    t.deepEqual(topic.offsets(), { beginning: 0, end: left.length - 1, next: left.length });
    t.is(await topic.produce({ key: 1n, value: 'on' }), left.length);
    t.is((await shown(topic)).at(-1), `${left.length}:on`);
  });
}

async function turnOver(path: string, at: number): Promise<void> {
  const file = await openFile(path, 'r+');
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, at);
  byte[0] ^= 1;
  await file.write(byte, 0, 1, at);
  await file.close();
}

async function started(t: ExecutionContext, options: OpenOptions): Promise<{ engine: Engine; files: SyncedFiles; location: string }> {
  const location = await realpath(await tempDirectory(t));
  const files = syncedFiles(nodeFiles());
  const engine = await openEngine(t, { ...options, runtime: nodeRuntime({ files }) }, location);
  return { engine, files, location };
}

/** A copy as a machine would find the store after losing power now. */
async function afterPowerLoss(t: ExecutionContext, files: SyncedFiles, location: string): Promise<string> {
  const copy = join(await tempDirectory(t), 'copy');
  await files.copyAfterPowerLoss(location, copy);
  return copy;
}
