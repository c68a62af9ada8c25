import { crc32 } from 'node:zlib';
import { checksum } from '../../../platform/checksum.ts';
import { memoryFiles } from '../../../platform/memory-files.ts';
import { LithifyError } from '../../../protocol/errors.ts';
import type { Files } from '../../../protocol/runtime.ts';
import { writeU32 } from '../../../storage/little-endian.ts';
import { encodeGroups } from '../../../storage/log/group-commits.ts';
import { LogTable } from '../../../storage/log/log-table.ts';
import { encodable } from '../../../storage/log/new-record.ts';
import { Memtable } from '../../../storage/memtable/memtable.ts';
import { next } from '../../../storage/merge/cursor.ts';
import { salvageWal } from '../../../storage/salvage/wal/salvage-wal.ts';
import { isRefused } from '../../../storage/salvage/wal/wal-contents.ts';
import { encodeLogEdit } from '../../../storage/tablet/log-codec.ts';
import { decodeGroup, forEachEntry } from '../../../storage/wal/decode-group.ts';
import { type Group, GroupBuilder, type Section } from '../../../storage/wal/group.ts';
import { MIN_RECORD_BYTES, recordLength } from '../../../storage/wal/record.ts';
import { decodeHeader, encodeHeader, SEGMENT_HEADER_BYTES, seedOf, segmentName } from '../../../storage/wal/segment.ts';
import { Wal } from '../../../storage/wal/wal.ts';
import { bytesOf, type Decoder, must, mustEqual, NotOne, resealed } from '../decoder.ts';
import type { Meter } from '../meter.ts';
import { joined } from '../mutations.ts';

const DIRECTORY = '/wal';
const STAGED = { id: 77, blocks: 2, bytes: 9000 };

/** A group with everything in it that a group may have; `n` tells groups apart. */
function recordOf(firstSequence: number, n: number): Uint8Array {
  const builder = new GroupBuilder();
  builder.put(bytesOf(`key ${n}`), bytesOf('v'.repeat(3 * n)));
  builder.delete(bytesOf('gone'));
  if (n % 2 === 0) builder.deleteRange(bytesOf('a'), bytesOf(`b${n}`));
  if (n % 3 !== 0) {
    const record = encodable({ key: BigInt(n), value: `value ${n}`, headers: [{ key: 'h', value: Uint8Array.of(n) }], timestamp: n });
    builder.frames.add(3, n % 4, record, 10 + n);
    builder.frames.add(3, 5, encodable({ key: 9n, value: '' }), 20 + n, STAGED);
  }
  if (n % 3 === 1) builder.commit({ topic: 3, partition: 1, group: `group ${n}`, offset: n, committedAt: 1.5 * n });
  return builder.seal(firstSequence).slice();
}

const RECORDS = [1, 2, 3, 4].map((n) => recordOf(10 * n, n));

/** What a store would do with it once it is taken for good. */
function useGroup(group: Group, meter: Meter): void {
  let capacity = 8 * 1024;
  while (!Memtable.canHold(capacity, group.end - group.start, group.count)) capacity *= 2;
  const memtable = Memtable.create(1, capacity);
  if (group.count > 0) memtable.apply(group);
  const entries: string[] = [];
  forEachEntry(group, (kind, keyStart, keyEnd, valueEnd, seq) => {
    meter.step();
    must(keyStart <= keyEnd && keyEnd <= valueEnd && valueEnd <= group.end, 'an entry outside of its group');
    entries.push(`${Buffer.from(group.bytes.subarray(keyStart, keyEnd)).toString('hex')} ${seq} ${kind} ${valueEnd - keyEnd}`);
  });
  must(entries.length === group.count && memtable.entries === group.count, 'entries that were not counted');
  useRecords(group);
}

function useRecords(group: Group): void {
  const { records, groups = [] } = group;
  if (records !== undefined) {
    const table = LogTable.create(Math.max(1024, records.end - records.start));
    append(table, records);
    must(table.records === records.count, 'records that were not counted');
    for (const tail of table.tails()) must(Number.isSafeInteger(tail.topic) && tail.partition < 1024, 'a topic that cannot be');
    isRefused(group, { partitions: new Map(), staged: new Map() });
  }
  must(encodeGroups(groups).length >= 0 && encodeLogEdit({ groups }).length > 0 === groups.length > 0, 'groups that cannot be stored');
}

/** A record that stands behind a newer one is refused when it is indexed, not when it is decoded. */
function append(table: LogTable, { bytes, start, end }: Section): void {
  try {
    table.append(bytes, start, end);
  } catch (error) {
    if (error instanceof LithifyError && 'last' in error.details) throw new NotOne(error.message);
    throw error;
  }
}

async function sortedEntries(group: Group): Promise<number> {
  const memtable = Memtable.create(1, 256 * 1024);
  memtable.apply(group);
  const cursor = memtable.cursor();
  let entries = 0;
  while (await next(cursor)) entries++;
  return entries;
}

const HEADER = encodeHeader({ segment: 1, previousLength: 0, previousChecksum: 0, salt: 7 }, checksum);
const LATER = encodeHeader({ segment: 2, previousLength: 500, previousChecksum: 12, salt: 8, moved: 3 }, checksum);

/** Segment 1 as the log writes it. `synced`: whether each write was. */
async function segmentOf(synced: boolean): Promise<Uint8Array> {
  const files = memoryFiles();
  const wal = await openWal(files, checksum, () => undefined);
  for (const record of RECORDS) await wal.append(record.slice(), synced);
  await wal.close();
  return await files.read(`${DIRECTORY}/${segmentName(1)}`);
}

function openWal(files: Files, sum: typeof checksum, onGroup: (group: Group) => void): Promise<Wal> {
  return Wal.open(files, DIRECTORY, { checksum: sum, turn: async () => {}, random: () => 0.3 }, onGroup, { floor: 1 });
}

/** Every record that can be told by its marker gets the checksum that its segment asks for. */
function resealedSegment(bytes: Uint8Array): Uint8Array {
  const copy = resealed(bytes, SEGMENT_HEADER_BYTES - 4, 0, SEGMENT_HEADER_BYTES - 4);
  if (copy.length < SEGMENT_HEADER_BYTES) return copy;
  for (let at = SEGMENT_HEADER_BYTES; at + MIN_RECORD_BYTES <= copy.length; ) {
    const length = recordLength(copy, at);
    if (length < MIN_RECORD_BYTES || at + length > copy.length) return copy;
    writeU32(copy, at, crc32(copy.subarray(at + 4, at + length), seedOf(copy)));
    at += length;
  }
  return copy;
}

const WRITTEN = new Set(RECORDS.map(contentOf));

/** Of a record, without what `append` stamps. */
function contentOf(record: Uint8Array): string {
  return Buffer.from(record.subarray(28)).toString('hex');
}

/** Opens a log of one segment, or of two, as it stands, and says what it gave. */
async function withLog(bytes: Uint8Array, meter: Meter, use: (files: Files) => Promise<void>): Promise<void> {
  const files = memoryFiles();
  await files.makeDirectory(DIRECTORY);
  await files.replace(`${DIRECTORY}/${segmentName(1)}`, bytes);
  meter.step();
  await use(files);
}

export const WAL_DECODERS: readonly Decoder<Uint8Array>[] = [
  {
    name: 'the header of a segment',
    covers: ['decodeHeader'],
    samples: () => [HEADER, LATER],
    reseal: (bytes) => resealed(bytes, 36, 0, 36),
    decode: (bytes, meter) => {
      const header = decodeHeader(bytes, meter.checksum);
      if (header === undefined) throw new NotOne('no header');
      must(header.moved === undefined || header.moved >= 0, 'fewer than no records');
    },
  },
  {
    name: 'a group of the log',
    covers: ['decodeGroup', 'forEachEntry', 'decodeGroups', 'FrameReader', 'Memtable', 'LogTable', 'isRefused'],
    samples: () => RECORDS,
    // A second memtable.
    room: 300 * 1024,
    decode: async (bytes, meter) => {
      const group = decodeGroup(bytes);
      useGroup(group, meter);
      if (group.count > 0 && bytes.length < 4096) mustEqual(await sortedEntries(group), group.count, 'entries are lost in order');
    },
  },
  {
    name: 'a segment of the log',
    covers: ['Wal', 'replay', 'readRecords', 'findWitness', 'countRecords', 'seedOf', 'segmentNumber'],
    samples: async () => [await segmentOf(true), await segmentOf(false)],
    reseal: resealedSegment,
    room: 512 * 1024,
    decode: (bytes, meter) =>
      withLog(bytes, meter, async (files) => {
        const isForged = Buffer.compare(bytes, resealedSegment(bytes)) === 0;
        const wal = await openWal(files, meter.checksum, (group) => {
          if (!isForged) must(WRITTEN.has(contentOf(group.bytes)), 'a group that nobody wrote');
          useGroup(group, meter);
        });
        await wal.close();
      }),
  },
  {
    name: 'a segment of the log, in a repair',
    covers: ['salvageWal', 'walkSegment', 'recordsAtStart', 'seedsOf'],
    samples: async () => [await segmentOf(true), joined(HEADER, ...RECORDS)],
    reseal: resealedSegment,
    room: 512 * 1024,
    decode: (bytes, meter) =>
      withLog(bytes, meter, async (files) => {
        const isForged = Buffer.compare(bytes, resealedSegment(bytes)) === 0;
        const tools = { files, checksum: meter.checksum, turn: async () => {} };
        // A repair leaves a group out whose taking fails, whatever with.
        let fault: unknown;
        await salvageWal(tools, DIRECTORY, 1, (group) => {
          try {
            if (!isForged) must(WRITTEN.has(contentOf(group.bytes)), 'a group that nobody wrote');
            useGroup(group, meter);
          } catch (error) {
            fault ??= error;
          }
          return undefined;
        });
        if (fault !== undefined) throw fault;
      }),
  },
];
