import test from 'ava';
import { open } from '../../index.ts';
import { checksum } from '../../platform/checksum.ts';
import { memoryFiles } from '../../platform/memory-files.ts';
import { nodeRuntime } from '../../platform/node-runtime.ts';
import type { BlobStore } from '../../storage/blobs/blob-store.ts';
import { createBlobStore } from '../../storage/blobs/database-blob-store.ts';
import type { Database } from '../../storage/database.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';
import { openMemoryDatabase } from '../../storage/memory-database.ts';
import {
  type Fault,
  type FaultRule,
  FaultRules,
  faultyBlobStore,
  faultyDatabase,
  faultyFiles,
  Operations,
  Random,
} from '../../testing/index.ts';
import { TINY, tempDirectory } from '../support/engines.ts';

const KEY = Uint8Array.of(1, 2);
const VALUE = Uint8Array.of(10, 20, 30);
const BEFORE: Fault = { kind: 'error', when: 'before', code: 'EIO' };
const AFTER: Fault = { kind: 'error', when: 'after', code: 'EIO' };

function operationsOf(...rules: readonly FaultRule[]): Operations {
  return new Operations(new FaultRules(new Random(1), rules), new Random(2));
}

async function databases(...rules: readonly FaultRule[]): Promise<{ inner: Database; faulty: Database }> {
  const inner = await openMemoryDatabase();
  await inner.write([{ key: KEY, value: VALUE }]);
  return { inner, faulty: faultyDatabase(inner, operationsOf(...rules), '/d') };
}

function bitsApart(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (let at = 0; at < a.length; at++) for (let left = a[at] ^ b[at]; left > 0; left >>= 1) bits += left & 1;
  return a.length === b.length ? bits : Number.NaN;
}

test('a database without rules is what it wraps', async (t) => {
  const { inner, faulty } = await databases();
  await faulty.write([{ key: Uint8Array.of(2), value: VALUE }], [KEY]);
  t.is(await faulty.get(KEY), undefined);
  t.deepEqual(faulty.getSync(Uint8Array.of(2)), VALUE);
  const range = { gte: Uint8Array.of(0), lt: Uint8Array.of(9) };
  t.deepEqual(await faulty.entries(range), await inner.entries(range));
  t.deepEqual(await faulty.keys(range), [Uint8Array.of(2)]);
  t.is('compactRange' in faulty, inner.compactRange !== undefined);
});

test('reads of a database fail, come back with one wrong bit, or find nothing that is listed', async (t) => {
  const target = '/d:0102';
  for (const isSync of [false, true]) {
    const read = async (fault: Fault) => {
      const { faulty } = await databases({ on: 'get', prefix: target, times: 1, fault });
      const first = isSync ? faulty.getSync(KEY) : await faulty.get(KEY);
      t.deepEqual(await faulty.get(KEY), VALUE, 'the value itself is as it was');
      t.is((await faulty.keys({ gte: KEY, lt: Uint8Array.of(9) })).length, 1);
      return first;
    };
    t.is(bitsApart((await read({ kind: 'flip' })) ?? KEY, VALUE), 1);
    t.is(await read({ kind: 'missing' }), undefined);
    await t.throwsAsync(() => read(BEFORE), { code: 'LITHIFY_BLOB_STORE', message: /\/d:0102.*EIO/ });
  }
});

test('a write of a database fails before or after it is done, or by half, which is not at all', async (t) => {
  for (const [fault, isThere] of [
    [BEFORE, false],
    [AFTER, true],
    [{ kind: 'short', code: 'ENOSPC' }, false],
  ] as const) {
    const { inner, faulty } = await databases({ on: 'write', from: 2, times: 1, fault });
    await faulty.write([{ key: Uint8Array.of(3), value: VALUE }]);
    const failed = { code: fault.kind === 'short' ? 'LITHIFY_DISK_FULL' : 'LITHIFY_BLOB_STORE' };
    await t.throwsAsync(() => faulty.write([{ key: Uint8Array.of(4), value: VALUE }]), failed);
    t.is((await inner.get(Uint8Array.of(4))) !== undefined, isThere);
    await t.throwsAsync(() => faulty.write([{ key: Uint8Array.of(5), value: VALUE }]), failed, 'it takes no more');
    t.is(await inner.get(Uint8Array.of(5)), undefined);
  }
});

test('what is undead is there after it was deleted', async (t) => {
  const { faulty } = await databases({ on: 'delete', fault: { kind: 'undead' } });
  await faulty.write([], [KEY]);
  t.deepEqual(await faulty.get(KEY), VALUE);
});

test('a delay is as long as it says, and then nothing is wrong', async (t) => {
  const slept: number[] = [];
  const rules = new FaultRules(new Random(1), [{ fault: { kind: 'delay', ms: 40 } }]);
  const sleep = async (ms: number) => void slept.push(ms);
  const inner = await openMemoryDatabase();
  const faulty = faultyDatabase(inner, new Operations(rules, new Random(1), { sleep }), '/d');
  await faulty.write([{ key: KEY, value: VALUE }]);
  t.deepEqual(await faulty.get(KEY), VALUE);
  t.deepEqual(slept, [40, 40]);
});

async function blobs(...rules: readonly FaultRule[]): Promise<{ inner: BlobStore; faulty: BlobStore }> {
  const inner = createBlobStore(await openMemoryDatabase(), { checksum });
  const writer = inner.create(7);
  await writer.append(VALUE);
  await writer.close();
  return { inner, faulty: faultyBlobStore(inner, operationsOf(...rules)) };
}

test('blobs fail block by block, and their errors name them', async (t) => {
  const { faulty } = await blobs({ on: 'block', prefix: 'blobs/7/', fault: { kind: 'missing' } });
  const unavailable = { code: 'LITHIFY_READER_UNAVAILABLE', message: /blob 7/ };
  await t.throwsAsync(() => faulty.read(7, 0), unavailable);
  t.throws(() => faulty.readSync(7, 0), unavailable);
  t.deepEqual(await faulty.list(), [7]);
  const flipping = (await blobs({ on: 'block', fault: { kind: 'flip' } })).faulty;
  t.is(bitsApart(await flipping.read(7, 0), VALUE), 1);
  t.is(bitsApart(flipping.readSync(7, 0), VALUE), 1);
  const failing = (await blobs({ on: 'block', fault: BEFORE })).faulty;
  t.like(await t.throwsAsync(() => failing.read(7, 0)), { code: 'LITHIFY_BLOB_STORE', details: { blobIds: [7] } });
});

test('a blob whose seal fails is invisible, or visible after all', async (t) => {
  for (const [fault, visible] of [
    [BEFORE, [7]],
    [AFTER, [7, 8]],
  ] as const) {
    const { inner, faulty } = await blobs({ on: 'seal', prefix: 'blobs/8/', fault });
    const writer = faulty.create(8);
    await writer.append(VALUE);
    await t.throwsAsync(() => writer.close(), { code: 'LITHIFY_BLOB_STORE' });
    t.deepEqual(await inner.list(), visible);
    await writer.abort();
  }
});

test('a full disk refuses blocks from a byte on, and a blob that cannot be deleted stays', async (t) => {
  const full = { kind: 'error', when: 'before', code: 'ENOSPC' } as const;
  const { inner, faulty } = await blobs({ on: 'append', afterBytes: 5, fault: full }, { on: 'delete', fault: { kind: 'undead' } });
  const writer = faulty.create(8);
  await writer.append(VALUE);
  await t.throwsAsync(async () => writer.append(VALUE), { code: 'LITHIFY_DISK_FULL' });
  t.is(writer.blocks, 1);
  await faulty.delete(7);
  t.deepEqual(await inner.list(), [7]);
});

test('an append that fails leaves half of it behind, which is cut off before the next', async (t) => {
  const inner = memoryFiles();
  await inner.makeDirectory('/d');
  const files = faultyFiles(inner, operationsOf({ on: 'append', from: 2, times: 1, fault: { kind: 'short', code: 'ENOSPC' } }));
  const file = await files.createAppend('/d/log');
  await file.append(VALUE, true);
  await t.throwsAsync(() => file.append(Uint8Array.of(1, 2, 3, 4), true), { code: 'ENOSPC' });
  t.is(file.length, 3);
  t.is(await inner.size('/d/log'), 5);
  await file.append(Uint8Array.of(9), true);
  await file.close();
  t.deepEqual(await inner.read('/d/log'), Uint8Array.of(...VALUE, 9));
});

test('a file after a failed sync takes nothing, one that is missing is listed, one that is undead stays', async (t) => {
  const inner = memoryFiles();
  await inner.makeDirectory('/d');
  await inner.replace('/d/a', VALUE);
  const rules: readonly FaultRule[] = [
    { on: 'sync', times: 1, fault: BEFORE },
    { on: 'read', prefix: '/d/a', times: 1, fault: { kind: 'missing' } },
    { on: 'read', prefix: '/d/a', times: 1, fault: { kind: 'flip' } },
    { on: 'remove', fault: { kind: 'undead' } },
  ];
  const files = faultyFiles(inner, operationsOf(...rules));
  const file = await files.createAppend('/d/log');
  await t.throwsAsync(() => file.append(VALUE, true), { code: 'EIO' });
  await t.throwsAsync(() => file.append(VALUE, false), { code: 'EIO' });
  await t.throwsAsync(() => files.read('/d/a'), { code: 'ENOENT' });
  t.deepEqual(await files.list('/d'), ['a', 'log']);
  t.is(bitsApart(await files.read('/d/a'), VALUE), 1);
  t.deepEqual(await files.read('/d/a'), VALUE);
  await files.remove('/d/a');
  t.true(await inner.exists('/d/a'));
});

test('an engine on a real LevelDB that is wrapped refuses what it cannot read, and gives it again when it can', async (t) => {
  const node = nodeRuntime();
  const rules = new FaultRules(new Random(3));
  const operations = new Operations(rules, new Random(4));
  const runtime = {
    ...node,
    files: faultyFiles(node.files, operations),
    openDatabase: async (location: string, options: Parameters<typeof openLevelDatabase>[1]) =>
      faultyDatabase(await openLevelDatabase(location, options), operations, location),
  };
  await using engine = await open(await tempDirectory(t), { ...TINY, cacheBytes: 0, runtime });
  await engine.kv.put('key', 'value');
  await engine.ask({ type: 'MinorCompact' });
  const end = rules.add({ on: 'get', fault: { kind: 'flip' } });
  await t.throwsAsync(() => engine.kv.get('key'), { code: 'LITHIFY_CORRUPTION' });
  end();
  t.is(await engine.kv.get('key'), 'value');
});
