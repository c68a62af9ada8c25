import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Engine, Level, LithifyError, nodeRuntime, type OpenOptions, open, type Runtime, repair } from '../../index.ts';
import { freshLocation } from '../support/cli.ts';
import { eventsOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { fill } from '../support/held-engine.ts';
import { nextEvent, ofType } from '../support/next-event.ts';
import { dumpsIn, readDump } from './support/recorded.ts';

async function openWithFaults(
  t: ExecutionContext,
  options: OpenOptions = {},
): Promise<{ engine: Engine; faults: Faults; location: string }> {
  const faults = Faults.create();
  const location = await tempDirectory(t);
  const runtime = { ...nodeRuntime(), startThread: faults.start };
  return { engine: await openEngine(t, { ...TINY, workers: 2, runtime, ...options }, location), faults, location };
}

/** A defect of the engine: its mailbox breaks at a message that is none. */
function breakMailbox(engine: Engine): void {
  engine.mailbox?.send({ type: 'Admit' } as never);
}

/** One that is left open ends the process when it is collected. */
async function openFilesBelow(location: string): Promise<string[]> {
  const links = await readdir('/proc/self/fd');
  const files = await Promise.all(links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return files.filter((file) => file.startsWith(location));
}

test('a thread that dies leaves a dump that names it and what came before', async (t) => {
  const { engine, faults, location } = await openWithFaults(t);
  const dumped = nextEvent(engine, 'recorderDumped');
  faults.fail('flush', 'dies');
  await fill(engine, 20);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_WORKER_DIED' });
  const { path, reason } = await dumped;
  t.is(reason, 'LITHIFY_WORKER_DIED');
  t.true(path.startsWith(join(location, 'recorder')));
  const dump = await readDump(path);
  t.like(dump, { reason: 'LITHIFY_WORKER_DIED', location, error: { code: 'LITHIFY_WORKER_DIED' }, stats: { state: 'open' } });
  t.regex(dump.error?.message ?? '', /worker-[01]/);
  const died = dump.entries.find(({ type }) => type === 'workerDied');
  t.regex(String(died?.actor), /^worker-[01]$/);
  t.true(dump.entries.some(({ type, details }) => type === 'jobStarted' && details?.job === 'flush'));
  // The next of the same kind leaves no other.
  await engine.ask({ type: 'MinorCompact' });
  faults.fail('flush', 'dies');
  await fill(engine, 20);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_WORKER_DIED' });
  await engine.close();
  t.is((await dumpsIn(location)).length, 1);
});

test('a storage that fails leaves a dump', async (t) => {
  const { engine, faults, location } = await openWithFaults(t);
  const dumped = nextEvent(engine, 'recorderDumped');
  faults.fail('flush', 'storage fails');
  await fill(engine, 20);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_BLOB_STORE' });
  const dump = await readDump((await dumped).path);
  t.is(dump.error?.code, 'LITHIFY_BLOB_STORE');
  t.true(dump.entries.some(({ type }) => type === 'storageFailed'));
  await engine.close();
  t.is((await dumpsIn(location)).length, 1);
});

test('a defect that ends the engine leaves a dump, and close waits for it', async (t) => {
  const location = await freshLocation(t);
  const engine = await open(location, TINY);
  await fill(engine, 20);
  breakMailbox(engine);
  await engine.closed;
  t.deepEqual(await openFilesBelow(location), []);
  const [name, ...others] = await dumpsIn(location);
  t.deepEqual(others, []);
  t.regex(String(name), /^recorder-\d{15}-0000-[0-9a-f]{6}-lithify-internal\.json$/);
  const dump = await readDump(join(location, 'recorder', String(name)));
  t.is(dump.error?.code, 'LITHIFY_INTERNAL');
  const broke = dump.entries.find(({ type }) => type === 'xstate.error.actor.mailbox');
  t.like(broke, { actor: 'engine', from: 'mailbox' });
  t.truthy((broke?.details?.error as { message?: string } | undefined)?.message);
});

test('an engine that closes while it dumps leaves the whole dump', async (t) => {
  const { engine, faults, location } = await openWithFaults(t);
  faults.fail('flush', 'dies');
  await fill(engine, 20);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }));
  await engine.close();
  const names = await dumpsIn(location);
  t.is(names.length, 1);
  t.is((await readDump(join(location, 'recorder', String(names[0])))).error?.code, 'LITHIFY_WORKER_DIED');
});

test('an engine that closes does not wait for a dump for ever, and one that comes too late leaves nothing', async (t) => {
  const real = nodeRuntime();
  const faults = Faults.create();
  const stuck = Promise.withResolvers<void>();
  const patience = Promise.withResolvers<void>();
  let isStuck = false;
  const clock: Runtime['clock'] = {
    ...real.clock,
    setTimer: (run, ms) => {
      // The one that the engine has with its dumps.
      if (ms === 2_000) void patience.promise.then(run);
      return real.clock.setTimer(ms === 2_000 ? () => {} : run, ms);
    },
  };
  const runtime: Runtime = { ...real, clock, turn: () => (isStuck ? stuck.promise : real.turn()), startThread: faults.start };
  const location = await tempDirectory(t);
  const engine = await open(location, { ...TINY, workers: 1, runtime });
  await fill(engine, 20);
  faults.fail('flush', 'dies');
  engine.events$.subscribe(({ type }) => {
    if (type === 'workerDied') isStuck = true;
  });
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_WORKER_DIED' });
  const closed = engine.close();
  patience.resolve();
  await closed;
  stuck.resolve();
  for (let i = 0; i < 20; i++) await setImmediate();
  t.deepEqual(await dumpsIn(location), []);
});

test('of many dumps the newest are kept, and what somebody saved or put there stays', async (t) => {
  const location = await tempDirectory(t);
  const directory = join(location, 'recorder');
  await mkdir(directory);
  const old = Array.from({ length: 12 }, (_, i) => `recorder-${String(i).padStart(15, '0')}-0000-abcdef-lithify-wal.json`);
  for (const name of [...old, 'recorder-000000000000000-0000-abcdef-saved.json', 'notes.txt']) await writeFile(join(directory, name), '{}');
  const faults = Faults.create();
  const engine = await openEngine(t, { ...TINY, workers: 1, runtime: { ...nodeRuntime(), startThread: faults.start } }, location);
  faults.fail('flush', 'dies');
  await fill(engine, 20);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }));
  await engine.close();
  const names = await dumpsIn(location);
  t.deepEqual(names.slice(0, 9), ['notes.txt', 'recorder-000000000000000-0000-abcdef-saved.json', ...old.slice(-7)]);
  t.regex(String(names[9]), /lithify-worker-died/);
  t.is(names.length, 10);
});

test('on a disk without room nothing is written, until the storage is well again', async (t) => {
  const real = nodeRuntime();
  const faults = Faults.create();
  let free = 1024 * 1024;
  const files: Runtime['files'] = { ...real.files, freeBytes: async () => free };
  const runtime = { ...real, files, startThread: faults.start };
  const location = await tempDirectory(t);
  const engine = await openEngine(t, { ...TINY, workers: 1, runtime }, location);
  await fill(engine, 20);
  faults.fail('flush', 'dies');
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_WORKER_DIED' });
  for (let i = 0; i < 10; i++) await setImmediate();
  t.deepEqual(await dumpsIn(location), []);
  free = 1024 ** 3;
  const dumped = nextEvent(engine, 'recorderDumped', ({ reason }) => reason === 'LITHIFY_WORKER_DIED');
  await engine.ask({ type: 'MinorCompact' });
  faults.fail('flush', 'storage fails');
  await fill(engine, 20);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_BLOB_STORE' });
  t.is((await readDump((await dumped).path)).error?.code, 'LITHIFY_WORKER_DIED');
});

test('a dump that cannot be written hurts nobody', async (t) => {
  const location = await tempDirectory(t);
  await writeFile(join(location, 'file'), 'in the way');
  const { engine, faults } = await openWithFaults(t, { recorder: { directory: join(location, 'file', 'dumps') } });
  const events = eventsOf(engine);
  faults.fail('flush', 'dies');
  await fill(engine, 20);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }));
  await engine.ask({ type: 'MinorCompact' });
  await engine.close();
  t.deepEqual(ofType(events, 'recorderDumped'), []);
  t.deepEqual(await readdir(location), ['file']);
});

test('where nothing is wanted, and where there are no files, nothing is dumped', async (t) => {
  const { engine, faults, location } = await openWithFaults(t, { recorder: { directory: false } });
  faults.fail('flush', 'dies');
  await fill(engine, 20);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }));
  await engine.close();
  t.deepEqual(await dumpsIn(location), []);
  const memory = await openEngine(t, { ...TINY, storage: 'memory' }, location);
  breakMailbox(memory);
  await memory.closed;
  t.deepEqual(await dumpsIn(location), []);
  const elsewhere = await openEngine(t, { ...TINY, storage: 'memory', recorder: { directory: join(location, 'recorder') } });
  breakMailbox(elsewhere);
  await elsewhere.closed;
  t.is((await dumpsIn(location)).length, 1);
});

test('an engine that does not open writes nothing into a directory that may be no store', async (t) => {
  const location = await tempDirectory(t);
  await writeFile(join(location, 'FORMAT'), 'something else');
  await t.throwsAsync(open(location, TINY), { instanceOf: LithifyError });
  t.deepEqual(await readdir(location), ['FORMAT']);
});

test('dumps are the store’s own: they go with it, and disturb neither its opening nor its copies', async (t) => {
  const { engine, faults, location } = await openWithFaults(t);
  const dumped = nextEvent(engine, 'recorderDumped');
  faults.fail('flush', 'dies');
  await fill(engine, 20);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }));
  await dumped;
  const copy = await freshLocation(t);
  await engine.checkpoint(copy);
  t.false((await readdir(copy)).includes('recorder'));
  await engine.close();
  const again = await open(location, TINY);
  t.deepEqual((await again.verify()).damage, []);
  await again.close();
  await t.throwsAsync(open(location, { ...TINY, errorIfExists: true }), { code: 'LITHIFY_EXISTS' });
  const repaired = await freshLocation(t);
  await repair(location, repaired);
  t.false((await readdir(repaired)).includes('recorder'));
  await writeFile(join(location, 'recorder', 'recorder-000000000000000-0000-abcdef-lithify-wal.json.tmp'), 'cut off by a crash');
  await Level.destroy(location);
  await t.throwsAsync(readdir(location), { code: 'ENOENT' });
});
