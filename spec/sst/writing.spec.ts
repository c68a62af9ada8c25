import test from 'ava';
import fc from 'fast-check';
import { TableWriter } from '../../storage/sst/table-writer.ts';
import { anyEntries, Bench, checksum, hex, put, TINY } from '../support/tables.ts';

function writerOf(bench: Bench) {
  return new TableWriter({ blobs: bench.blobs, checksum, shape: TINY, nextBlobId: () => bench.nextId++ });
}

function add(writer: TableWriter, key: string, seq: number) {
  const bytes = new TextEncoder().encode(key);
  return writer.add(bytes, 0, bytes.length, bytes.length, bytes.length, 0, seq);
}

test('the same entries give the same bytes', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyEntries, async (entries) => {
      const [one, two] = [new Bench(), new Bench()];
      two.blobs.slow = true;
      t.deepEqual(await one.write(entries), await two.write(entries));
      const bytes = ({ blobs }: Bench) => [...blobs.visible].map(([id, blocks]) => `${id}: ${blocks.map(hex)}`);
      t.deepEqual(bytes(one), bytes(two));
    }),
  );
});

test('no entries: no table, no blob, and no id used', async (t) => {
  const bench = new Bench();
  t.deepEqual(await writerOf(bench).finish(), []);
  t.deepEqual([bench.blobs.visible.size, bench.blobs.unfinished.size, bench.nextId], [0, 0, 1]);
});

test('entries out of order are refused before they make a table that cannot be read', async (t) => {
  for (const [key, seq] of [
    ['a', 9],
    ['b', 5],
    ['b', 6],
  ] as const) {
    const writer = writerOf(new Bench());
    await add(writer, 'b', 5);
    t.throws(() => add(writer, key, seq), { code: 'LITHIFY_SST' });
  }
});

test('a key that is too long is refused', (t) => {
  t.throws(() => add(writerOf(new Bench()), 'x'.repeat(65_536), 1), { code: 'LITHIFY_SST' });
});

test('what the manifest learns of a table is what is in it', async (t) => {
  const bench = new Bench();
  const [table] = await bench.write([put('b', 7), put('a', 3), { ...put('c', 5), value: undefined }]);
  const blocks = bench.blobs.visible.get(1) ?? [];
  t.deepEqual(table, {
    id: 1,
    blocks: blocks.length,
    bytes: blocks.reduce((sum, block) => sum + block.length, 0),
    entries: 3,
    tombstones: 1,
    minKey: put('a', 0).key,
    maxKey: put('c', 0).key,
    minSeq: 3,
    maxSeq: 7,
  });
});

test('aborting deletes the tables that were finished and the one under way', async (t) => {
  const bench = new Bench();
  const writer = writerOf(bench);
  for (let n = 0; n < 100; n++) await add(writer, `key${n + 100}`, n + 1);
  t.true(bench.blobs.visible.size > 1);
  t.is(bench.blobs.unfinished.size, 1);
  await writer.abort();
  t.deepEqual([bench.blobs.visible.size, bench.blobs.unfinished.size], [0, 0]);
});

test('a store that fails to take a block fails the writing, with a code', async (t) => {
  for (const operation of ['append', 'close']) {
    const bench = new Bench();
    bench.blobs.slow = true;
    bench.blobs.before = (at, _, block) => {
      if (at === operation && (block ?? 2) >= 2) throw new Error('no room');
    };
    const writer = writerOf(bench);
    const write = async () => {
      for (let n = 0; n < 100; n++) await add(writer, `key${n + 100}`, n + 1);
      await writer.finish();
    };
    await t.throwsAsync(write, { message: /no room/ });
    await writer.abort();
    t.deepEqual([bench.blobs.visible.size, bench.blobs.unfinished.size], [0, 0]);
  }
});
