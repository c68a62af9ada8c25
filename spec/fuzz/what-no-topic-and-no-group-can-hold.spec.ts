import test from 'ava';
import { runJob } from '../../storage/jobs/run-job.ts';
import { writeU32 } from '../../storage/little-endian.ts';
import { crc32c } from '../../storage/log/crc32c.ts';
import { FrameReader } from '../../storage/log/frame-reader.ts';
import { encodable } from '../../storage/log/new-record.ts';
import { RecordFault } from '../../storage/log/record.ts';
import { decodeGroup } from '../../storage/wal/decode-group.ts';
import { GroupBuilder } from '../../storage/wal/group.ts';
import { resealedBlock } from '../../torture/fuzz/decoder.ts';
import { PartBench, type Stored } from '../log/support/parts.ts';

const HEADER = 'the header';
const RECORDS: readonly Stored[] = [0, 1].map((offset) => ({
  ...{ topic: 1, partition: 0, offset, key: 1n, value: 'v' },
  headers: [{ key: HEADER, value: new Uint8Array(1) }],
}));

/** A header's key becomes bytes that are no UTF-8; the record's checksum, its last four bytes before `end`, is right again. */
function spoil(bytes: Uint8Array, from: number, recordStart: number, end: number): void {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(HEADER, from);
  bytes[at] = 255;
  writeU32(bytes, end - 4, crc32c(bytes, recordStart, end - 4));
}

test('verify finds a header key that is no text, which whoever reads the part would meet', async (t) => {
  const bench = new PartBench();
  const part = await bench.part(RECORDS, 4096);
  const blocks = bench.blocksOf(part);
  const block = blocks[0].slice();
  // Header, size of the frame, record.
  const frame = new FrameReader(Uint8Array.of(0, 0, ...block.subarray(16, -4)));
  t.true(frame.next());
  spoil(block, 16, 17, 16 + frame.frameEnd - 2);
  blocks[0] = resealedBlock(block);
  t.throws(() => bench.read([part]), { instanceOf: RecordFault });
  const { damage } = await runJob({ kind: 'verify', tables: [], parts: [part] }, bench.context());
  t.is(damage.length, 1);
  t.regex(damage[0].reason, /header key that is not UTF-8/);
});

test('a group of the log with a header key that is no text is refused when it is opened, not when it is read', (t) => {
  const builder = new GroupBuilder();
  builder.frames.add(1, 0, encodable(RECORDS[0]), 0);
  const record = builder.seal(1).slice();
  t.is(decodeGroup(record).records?.count, 1);
  // Topic, partition and size take a byte each.
  spoil(record, 0, record.length - builder.frames.length + 3, record.length);
  t.throws(() => decodeGroup(record), { code: 'LITHIFY_CORRUPTION', message: /header key that is not UTF-8/ });
});

test('a group of the log with a record beyond what can be counted, or of a partition that cannot be, is refused', (t) => {
  const groupOf = (partition: number, offset: number, topic = 1) => {
    const builder = new GroupBuilder();
    builder.frames.add(topic, partition, encodable(RECORDS[0]), offset);
    return builder.seal(1).slice();
  };
  t.is(decodeGroup(groupOf(1023, 2 ** 53 - 1)).records?.count, 1);
  t.throws(() => decodeGroup(groupOf(1024, 0)), { code: 'LITHIFY_CORRUPTION', message: /a partition below 1024/ });
  t.throws(() => decodeGroup(groupOf(0, 2 ** 53 + 2)), { code: 'LITHIFY_CORRUPTION', message: /an offset below 2\^53/ });
  t.throws(() => decodeGroup(groupOf(0, 0, 2 ** 55)), { code: 'LITHIFY_CORRUPTION', message: /a number that is too long/ });
});

test('a group of the log without a sequence is refused: a memtable would be made for it, and refuse it', (t) => {
  const builder = new GroupBuilder();
  builder.put(Uint8Array.of(1), Uint8Array.of(2));
  t.is(decodeGroup(builder.seal(1)).firstSequence, 1);
  t.throws(() => decodeGroup(builder.seal(0)), { code: 'LITHIFY_CORRUPTION', message: /a safe sequence/ });
});
