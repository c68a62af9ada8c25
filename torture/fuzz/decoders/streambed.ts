import { encodable } from '../../../storage/log/new-record.ts';
import { encodedSize, encodeRecord } from '../../../storage/log/record.ts';
import { FileScan } from '../../../storage/log/streambed/scan.ts';
import { TopicScan } from '../../../storage/log/streambed/topic-scan.ts';
import { bytesOf, type Decoder, must } from '../decoder.ts';
import type { Meter } from '../meter.ts';
import { joined } from '../mutations.ts';

/** Values hold no record themselves: of one that does, parts may come back where it is damaged (streambed/scan.ts says so). */
function recordAt(offset: number): Uint8Array {
  const headers = offset % 3 === 0 ? [{ key: 'header', value: bytesOf('x'.repeat(offset)) }] : [];
  const ready = encodable({ key: BigInt(offset) + 1000n, value: `value ${'v'.repeat(2 * offset)}`, headers, timestamp: 1.7e12 + offset });
  const bytes = new Uint8Array(encodedSize(ready, offset));
  return bytes.subarray(0, encodeRecord(bytes, 0, ready, offset));
}

const RECORDS = Array.from({ length: 20 }, (_, offset) => recordAt(offset));
const WRITTEN = new Set(RECORDS.map((record) => Buffer.from(record).toString('hex')));
const FILES = [joined(...RECORDS), joined(...RECORDS.slice(4, 9)), joined(...RECORDS.filter((_, i) => i % 2 === 0))];
const CHUNK_BYTES = 97;

async function* chunksOf(bytes: Uint8Array, meter: Meter): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    meter.step();
    yield bytes.subarray(at, at + CHUNK_BYTES);
  }
}

function scanOf(bytes: Uint8Array, meter: Meter): FileScan {
  return new FileScan('a file', chunksOf(bytes, meter));
}

/** Every record that comes is one that was written, in the order of their offsets; every other byte is told. */
async function drain(scan: FileScan | TopicScan, meter: Meter): Promise<{ good: number; bad: number }> {
  let [good, bad, last] = [0, 0, -1];
  for (let step = await scan.next(); step !== 'end'; step = await scan.next()) {
    meter.step();
    if (step === 'damaged') {
      must((scan.damage?.bytes ?? 0) > 0, 'damage of no bytes');
      bad += scan.damage?.bytes ?? 0;
      continue;
    }
    const { view } = scan;
    must(WRITTEN.has(Buffer.from(view.bytes.subarray(view.start, view.end)).toString('hex')), 'a record that nobody wrote');
    must(view.offset > last, 'offsets that do not ascend');
    last = view.offset;
    good += view.end - view.start;
  }
  return { good, bad };
}

export const STREAMBED_DECODERS: readonly Decoder<Uint8Array>[] = [
  {
    name: "a file of streambed's",
    covers: ['FileScan', 'ByteWindow', 'ChecksumIndex'],
    samples: () => FILES,
    room: 512 * 1024,
    decode: async (bytes, meter) => {
      const { good, bad } = await drain(scanOf(bytes, meter), meter);
      must(good + bad === bytes.length, `${good + bad} bytes of ${bytes.length} are told`);
    },
  },
  {
    name: "files of streambed's",
    covers: ['TopicScan'],
    samples: () => FILES,
    room: 1024 * 1024,
    decode: async (bytes, meter) => {
      await drain(new TopicScan([scanOf(FILES[1], meter), scanOf(bytes, meter), scanOf(FILES[2], meter)]), meter);
    },
  },
];
