import test from 'ava';
import fc from 'fast-check';
import { RecordView } from '../../storage/log/record.ts';
import { StreambedWriter } from '../../storage/log/streambed/writer.ts';
import { encoded, hexOf, joinedBytes, newRecords, noise } from './support/records.ts';
import { everything, inChunks, range, recordWith, scanOf } from './support/streambed.ts';
import { hexBytes, VECTORS } from './support/vectors.ts';

test("a file of records is their bytes, one behind the other, as that system's compactor wrote them", async (t) => {
  const { writer, written } = collecting();
  for (const { hex } of VECTORS.slice(0, 2)) await writer.add(viewOf(hexBytes(hex)));
  t.deepEqual(await writer.end(), { records: 2, bytes: 20, large: 0 });
  t.deepEqual([...written()], [0, 0, 0, 0, 0, 0, 138, 124, 42, 87, 0, 0, 0, 1, 0, 1, 247, 109, 0, 0]);
});

test('every vector goes through unchanged, and so do records larger than the buffer', async (t) => {
  const all = [...VECTORS.map(({ hex }) => hexBytes(hex)), encoded({ key: 1n, value: noise(400_000) }, 7), recordWith(8)];
  const { writer, written } = collecting();
  for (const bytes of all) await writer.add(viewOf(bytes));
  t.is((await writer.end()).large, 1, 'records that the other system would not read are counted');
  t.is(hexOf(written()), hexOf(joinedBytes(...all)));
});

test('what was exported is imported again', async (t) => {
  const { writer, written } = collecting();
  for (const offset of range(0, 20_000)) await writer.add(viewOf(recordWith(offset)));
  const { bytes } = await writer.end();
  t.is(written().length, bytes);
  const { offsets, damage } = await everything(scanOf(written()));
  t.deepEqual(offsets, range(0, 20_000));
  t.deepEqual(damage, []);
});

test('a staged value is put in its place, in pieces, with the checksum of the whole', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      newRecords,
      fc.uint8Array({ maxLength: 500 }),
      fc.integer({ min: 1, max: 90 }),
      fc.maxSafeNat(),
      async (record, value, size, offset) => {
        const staged = viewOf(joinedBytes(encoded({ ...record, value: '' }, offset), noise(14)));
        const { writer, written } = collecting();
        await writer.add(viewOf(recordWith(0)));
        await writer.addStaged(staged, value.length, inChunks(value, size));
        await writer.end();
        t.is(hexOf(written()), hexOf(joinedBytes(recordWith(0), encoded({ ...record, value }, offset))));
      },
    ),
  );
  t.pass();
});

test('a staged value of another length than was recorded is not exported as if it were whole', async (t) => {
  const staged = viewOf(encoded({ key: 1n, value: '' }, 0));
  for (const length of [9, 11]) {
    const { writer } = collecting();
    await t.throwsAsync(writer.addStaged(staged, 10, inChunks(new Uint8Array(length), 4)), { code: 'LITHIFY_CORRUPTION' });
  }
});

function viewOf(bytes: Uint8Array): RecordView {
  const view = new RecordView();
  view.read(bytes, 0, bytes.length);
  return view;
}

function collecting(): { writer: StreambedWriter; written: () => Uint8Array } {
  const pieces: Uint8Array[] = [];
  const writer = new StreambedWriter(async (bytes) => {
    pieces.push(bytes.slice());
  });
  return { writer, written: () => joinedBytes(...pieces) };
}
