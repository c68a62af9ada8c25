import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Engine, LithifyError, open } from '../../index.ts';
import { endWithSpecs } from '../support/children.ts';
import { eventsOf, tempDirectory } from '../support/engines.ts';
import { FULL_DISK, keyOf, valueOf, writeUntilRefused } from '../support/full-disk.ts';
import { smallDisk } from '../support/small-disk.ts';

const MiB = 1024 * 1024;
const DISK_MIB = 32;
const BALLAST = 10 * MiB;

test.serial('a full disk refuses writes with a code, keeps what was acknowledged, and takes writes again when there is room', async (t) => {
  const disk = await smallDisk(t, DISK_MIB);
  if (disk === undefined) {
    t.pass();
    return;
  }
  await writeFile(`${disk}/ballast`, Buffer.alloc(BALLAST));
  const engine = await open(`${disk}/store`, FULL_DISK);
  const events = eventsOf(engine);
  const { keys, error } = await writeUntilRefused(engine, () => {});
  t.is(codeIn(error), 'LITHIFY_DISK_FULL');
  t.true(keys > 1000, 'it was full before much was written');
  await assertKeys(t, engine, keys);
  await rm(`${disk}/ballast`);
  await writesAgain(engine);
  await flushes(engine);
  await assertKeys(t, engine, keys);
  t.is(await engine.kv.get('after'), 'room');
  t.deepEqual((await engine.verify()).damage, []);
  await engine.close();
  t.log(`${keys} keys, LevelDB failed ${events.filter(({ type }) => type === 'storageFailed').length} times`);
  const again = await open(`${disk}/store`, FULL_DISK);
  await assertKeys(t, again, keys);
  await again.close();
});

test.serial('a process killed while its disk is full loses no acknowledged write', async (t) => {
  const disk = await smallDisk(t, DISK_MIB);
  if (disk === undefined) {
    t.pass();
    return;
  }
  await writeFile(`${disk}/ballast`, Buffer.alloc(BALLAST));
  const notes = `${await tempDirectory(t)}/acknowledged`;
  await fillAndKill(`${disk}/store`, notes);
  await rm(`${disk}/ballast`);
  const keys = Number((await readFile(notes, 'utf8')).trim().split('\n').at(-1));
  const engine = await open(`${disk}/store`, FULL_DISK);
  t.true(keys > 1000);
  await assertKeys(t, engine, keys);
  await engine.kv.put('after', 'room');
  await flushes(engine);
  t.deepEqual((await engine.verify()).damage, []);
  await engine.close();
});

async function fillAndKill(store: string, notes: string): Promise<void> {
  const script = fileURLToPath(new URL('../support/fill-disk.ts', import.meta.url));
  const child = endWithSpecs(spawn(process.execPath, [script, store, notes], { stdio: ['ignore', 'pipe', 'inherit'] }));
  const [said] = await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  if (!String(said).startsWith('refused LITHIFY_DISK_FULL')) throw new Error(`the process said ${said}`);
}

async function assertKeys(t: ExecutionContext, engine: Engine, keys: number): Promise<void> {
  for (let i = 0; i < keys; i++) {
    if ((await engine.kv.get(keyOf(i))) === valueOf(i)) continue;
    t.fail(`${keyOf(i)} of ${keys} is not what was acknowledged`);
  }
}

/** The disk has room, but flushes may still be on their way to noticing it. */
async function writesAgain(engine: Engine): Promise<void> {
  for (;;) {
    try {
      return await engine.kv.put('after', 'room');
    } catch (error) {
      if (codeIn(error) !== 'LITHIFY_DISK_FULL') throw error;
    }
  }
}

/** A flush that was under way when room was made fails once more; the next one does not. */
async function flushes(engine: Engine): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void (await engine.ask({ type: 'MinorCompact' }));
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}

function codeIn(error: unknown): string | undefined {
  return error instanceof LithifyError ? error.code : undefined;
}
