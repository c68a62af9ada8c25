import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { open } from '../../index.ts';
import { freshDirectory } from '../support/cli.ts';

const INDEX = new URL('../../index.ts', import.meta.url);

/** Runs a script over the store `location` in a process of its own, until that exits by itself. */
async function run(t: ExecutionContext, source: string): Promise<{ location: string; stdout: string; stderr: string }> {
  const directory = await freshDirectory(t);
  const [script, location] = [join(directory, 'script.mjs'), join(directory, 'store')];
  await writeFile(script, `import { open } from '${INDEX}';\nconst location = ${JSON.stringify(location)};\n${source}`);
  return { location, ...(await promisify(execFile)(process.execPath, ['--conditions=lithify-source', script])) };
}

async function keysIn(location: string): Promise<number> {
  await using engine = await open(location);
  return (await engine.kv.keys().all()).length;
}

test('a script that ends without closing exits by itself, and what it was told is written is there', async (t) => {
  const { location, stdout, stderr } = await run(
    t,
    `const engine = await open(location);
     for (let i = 0; i < 100; i++) await engine.kv.put('k' + i, 'v');
     console.log('written');`,
  );
  t.deepEqual({ stdout, stderr }, { stdout: 'written\n', stderr: '' });
  t.is(await keysIn(location), 100);
});

test('it exits too when threads are there, work is under way and somebody listens', async (t) => {
  const { location, stdout, stderr } = await run(
    t,
    `const engine = await open(location, { memtableBytes: 65536, durability: 'os' });
     engine.events$.subscribe(() => {});
     const value = 'v'.repeat(1000);
     await Promise.all(Array.from({ length: 500 }, (_, i) => engine.kv.put('k' + i, value)));
     await engine.ask({ type: 'MajorCompaction' }, { timeoutMs: 600_000 });
     engine.tell({ type: 'GarbageCollect' });
     console.log(engine.stats().workers.some(({ state }) => state.startsWith('alive')));`,
  );
  t.deepEqual({ stdout, stderr }, { stdout: 'true\n', stderr: '' });
  t.is(await keysIn(location), 500);
});

test('while somebody waits for an answer it does not exit', async (t) => {
  const { stdout, stderr } = await run(
    t,
    `const engine = await open(location);
     for (let i = 0; i < 100; i++) await engine.kv.put('k' + i, 'v');
     engine.ask({ type: 'MajorCompaction' }).then(({ compacted }) => console.log(compacted));`,
  );
  t.deepEqual({ stdout, stderr }, { stdout: 'true\n', stderr: '' });
});
