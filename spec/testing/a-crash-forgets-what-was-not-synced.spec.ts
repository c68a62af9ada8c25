import test from 'ava';
import fc from 'fast-check';
import { checksum } from '../../platform/checksum.ts';
import type { Database } from '../../protocol/database.ts';
import type { Files } from '../../protocol/runtime.ts';
import { DatabaseState } from '../../testing/disk/database-state.ts';
import { type Fault, type FaultRule, FaultRules, Operations, Random, SimulatedDisk } from '../../testing/index.ts';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);
const ALL = { gte: Uint8Array.of(0), lt: Uint8Array.of(255) };

function mounted(disk: SimulatedDisk, ...rules: readonly FaultRule[]): { files: Files; open: () => Promise<Database> } {
  const { files, openDatabase } = disk.mount(new Operations(new FaultRules(new Random(1), rules), new Random(1)));
  return { files, open: () => openDatabase('/d', { writeBufferBytes: 0, createIfMissing: true }) };
}

async function bytesOf(disk: SimulatedDisk, path: string): Promise<number[] | undefined> {
  const { files } = mounted(disk);
  return (await files.exists(path)) ? [...(await files.read(path))] : undefined;
}

async function keysOf(disk: SimulatedDisk): Promise<number[]> {
  return (await (await mounted(disk).open()).entries(ALL)).map(({ key }) => key[0]);
}

function put(key: number, value = key) {
  return [{ key: Uint8Array.of(key), value: Uint8Array.of(value) }];
}

/** A file of five bytes, three of them synced. */
async function partlySynced(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  const file = await mounted(disk).files.createAppend('/log');
  await file.append(Uint8Array.of(1, 2, 3), true);
  await file.append(Uint8Array.of(4), false);
  await file.append(Uint8Array.of(5), false);
  return disk;
}

test('a power loss takes any end of what was not synced, and nothing of what was', async (t) => {
  const disk = await partlySynced();
  const found = new Set<string>();
  for (const seed of SEEDS) found.add(String(await bytesOf(disk.afterCrash('power', new Random(seed)), '/log')));
  t.deepEqual([...found].sort(), ['1,2,3', '1,2,3,4', '1,2,3,4,5']);
});

test('the death of a process takes nothing', async (t) => {
  const disk = await partlySynced();
  for (const seed of SEEDS) t.deepEqual(await bytesOf(disk.afterCrash('process', new Random(seed)), '/log'), [1, 2, 3, 4, 5]);
});

test('what one crash has left, the next one leaves', async (t) => {
  const disk = await partlySynced();
  for (const seed of SEEDS) {
    const once = disk.afterCrash('power', new Random(seed));
    t.is(once.afterCrash('power', new Random(seed + 1)).digest(checksum), once.digest(checksum));
  }
});

test('a file that was removed may be back, whole or without its unsynced end; one that was put in its place is what is there', async (t) => {
  const removed = await partlySynced();
  await mounted(removed).files.remove('/log');
  const found = new Set<string>();
  for (const seed of SEEDS) found.add(String(await bytesOf(removed.afterCrash('power', new Random(seed)), '/log')));
  t.deepEqual([...found].sort(), ['1,2,3', '1,2,3,4', '1,2,3,4,5', 'undefined']);
  t.is(await bytesOf(removed.afterCrash('process', new Random(1)), '/log'), undefined);
  await mounted(removed).files.replace('/log', Uint8Array.of(9));
  for (const seed of SEEDS) t.deepEqual(await bytesOf(removed.afterCrash('power', new Random(seed)), '/log'), [9]);
});

test('of unsynced writes a power loss leaves a beginning of each LevelDB log, one whatever the other', async (t) => {
  const disk = new SimulatedDisk({ syncs: false, writesPerLog: 3 });
  const database = await mounted(disk).open();
  for (let key = 1; key <= 6; key++) await database.write(put(key));
  const found = new Set<string>();
  for (const seed of SEEDS) {
    const keys = await keysOf(disk.afterCrash('power', new Random(seed)));
    const [first, second] = [keys.filter((key) => key <= 3), keys.filter((key) => key > 3)];
    t.deepEqual(first, [1, 2, 3].slice(0, first.length));
    t.deepEqual(second, [4, 5, 6].slice(0, second.length));
    found.add(`${first.length} ${second.length}`);
  }
  t.is(found.size, 16, 'every pair of beginnings comes');
  t.deepEqual(await keysOf(disk.afterCrash('process', new Random(1))), [1, 2, 3, 4, 5, 6]);
});

test('with syncs, as the engine writes, nothing is lost, though logs are rotated', async (t) => {
  const disk = new SimulatedDisk({ writesPerLog: 2 });
  const database = await mounted(disk).open();
  for (let key = 1; key <= 7; key++) await database.write(put(key));
  for (const seed of SEEDS) t.deepEqual(await keysOf(disk.afterCrash('power', new Random(seed))), [1, 2, 3, 4, 5, 6, 7]);
});

type Step = { readonly key: number; readonly isDelete: boolean; readonly synced: boolean } | 'rotate';
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ key: fc.integer({ min: 1, max: 3 }), isDelete: fc.boolean(), synced: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant('rotate' as const) },
);

/** Every content that a crash may leave: of each log a beginning that takes in its last synced write. */
function allowed(steps: readonly Step[]): Set<string> {
  const logs: { readonly at: number; readonly write: Exclude<Step, 'rotate'> }[][] = [[]];
  for (const [at, write] of steps.entries()) {
    if (write === 'rotate') logs.push([]);
    else logs.at(-1)?.push({ at, write });
  }
  let chosen: (typeof logs)[number][] = [[]];
  for (const log of logs) {
    const least = log.findLastIndex(({ write }) => write.synced) + 1;
    const beginnings = Array.from({ length: log.length - least + 1 }, (_, more) => log.slice(0, least + more));
    chosen = chosen.flatMap((before) => beginnings.map((some) => [...before, ...some]));
  }
  return new Set(
    chosen.map((writes) => {
      const content = new Map<number, number>();
      for (const { at, write } of writes) {
        if (write.isDelete) content.delete(write.key);
        else content.set(write.key, at);
      }
      return said(content);
    }),
  );
}

function said(content: ReadonlyMap<number, number>): string {
  return JSON.stringify([...content].sort());
}

test('after any writes, synced and not, a crash leaves only what the logs can: no older write over a newer one, nothing deleted again', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 9 }), fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), (steps, seeds) => {
      const state = new DatabaseState();
      for (const [at, one] of steps.entries()) {
        if (one === 'rotate') state.rotate();
        else state.write(one.isDelete ? [] : put(one.key, at), one.isDelete ? [Uint8Array.of(one.key)] : [], one.synced);
      }
      const may = allowed(steps);
      for (const seed of seeds) {
        const left = state.afterCrash('power', new Random(seed)).all();
        t.true(may.has(said(new Map(left.map(({ key, value }) => [key[0], value[0]])))));
      }
    }),
    { numRuns: 500 },
  );
});

test('after a failed write a handle takes no more; what it was given since is not there, and half of a batch never is', async (t) => {
  const faults: readonly (readonly [Fault, readonly number[]])[] = [
    [{ kind: 'error', when: 'before', code: 'EIO' }, [1]],
    [{ kind: 'error', when: 'after', code: 'EIO' }, [1, 2, 3]],
    [{ kind: 'short', code: 'ENOSPC' }, [1]],
  ];
  for (const [fault, left] of faults) {
    const disk = new SimulatedDisk();
    const database = await mounted(disk, { on: 'write', from: 2, times: 1, fault }).open();
    await database.write(put(1));
    const failed = { code: fault.kind === 'short' ? 'LITHIFY_DISK_FULL' : 'LITHIFY_BLOB_STORE' };
    await t.throwsAsync(() => database.write([...put(2), ...put(3)]), failed);
    await t.throwsAsync(() => database.write(put(4)), failed);
    t.deepEqual(
      (await database.keys(ALL)).map(([key]) => key),
      left,
    );
    for (const seed of SEEDS) t.deepEqual(await keysOf(disk.afterCrash('power', new Random(seed))), left);
  }
});

test('nothing is shared between an image and the disk that it was taken from', async (t) => {
  const disk = await partlySynced();
  const { files, open } = mounted(disk);
  const database = await open();
  await database.write(put(1));
  const log = await files.openAppend('/log');
  // One that is removed while it is open can still be written to.
  const gone = await files.createAppend('/gone');
  await files.remove('/gone');
  for (const take of [() => disk.image(), () => disk.afterCrash('process', new Random(1))]) {
    const image = take();
    const [before, imageBefore] = [disk.digest(checksum), image.digest(checksum)];
    const theirs = mounted(image);
    await (await theirs.files.openAppend('/log')).append(Uint8Array.of(7), true);
    await (await theirs.open()).write(put(8), [Uint8Array.of(1)]);
    await theirs.files.replace('/new', Uint8Array.of(1));
    t.is(disk.digest(checksum), before, 'the disk is as it was');
    const imageAfter = image.digest(checksum);
    t.not(imageAfter, imageBefore);
    await log.append(Uint8Array.of(6), true);
    await gone.append(Uint8Array.of(1), true);
    await database.write(put(9));
    t.is(image.digest(checksum), imageAfter, 'and so is the image');
  }
});
