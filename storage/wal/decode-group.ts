import { LithifyError } from '../../protocol/errors.ts';
import { MAX_PARTITIONS } from '../../protocol/log.ts';
import { compareRanges, EntryKind, MAX_KEY_BYTES } from '../entry.ts';
import { readU32, readU64 } from '../little-endian.ts';
import type { StoredGroup } from '../log/catalog.ts';
import { FrameReader } from '../log/frame-reader.ts';
import { decodeGroups } from '../log/group-commits.ts';
import { RecordFault } from '../log/record.ts';
import { checkHeaders } from '../log/to-log-record.ts';
import type { Group, Section } from './group.ts';
import { MIN_RECORD_BYTES, RECORD_HEADER_BYTES, SECTION_HEADER_BYTES, SectionKind, sectionName } from './record.ts';

/**
 * The group in a record whose checksum is right. Looks at every byte's meaning all the same, reads nothing outside the
 * record, and allocates nothing per entry. Throws LITHIFY_CORRUPTION, or LITHIFY_WAL for what a newer lithify wrote;
 * `details` says where (`at`, from the record's beginning), what was expected and what found.
 */
export function decodeGroup(record: Uint8Array): Group {
  if (record.length < MIN_RECORD_BYTES) throw damaged(0, `at least ${MIN_RECORD_BYTES} bytes`, record.length);
  const firstSequence = readU64(record, 16);
  let entries: Group | undefined;
  let records: Section | undefined;
  let groups: readonly StoredGroup[] | undefined;
  for (let at = RECORD_HEADER_BYTES; at < record.length; ) {
    const start = at + SECTION_HEADER_BYTES;
    if (start > record.length) throw damaged(at, 'a section', `${record.length - at} bytes`);
    const end = start + readU32(record, at + 8);
    if (end > record.length) throw damaged(at, `a section of at most ${record.length - start} bytes`, end - start);
    const section = { count: readU32(record, at + 4), bytes: record, start, end };
    const isTwin = [entries, records, groups][record[at] - 1] !== undefined;
    if (isTwin) throw damaged(at, `one section of ${sectionName(record[at])}`, 'another');
    if (record[at] === SectionKind.entries) entries = { firstSequence, ...section, rangeDeletes: checkEntries(section) };
    else if (record[at] === SectionKind.logRecords) checkRecords((records = section));
    else if (record[at] === SectionKind.groupOffsets) groups = groupsIn(section);
    else throw unsupported(at, `a section of ${sectionName(record[at])}`);
    at = end;
  }
  if (entries === undefined) throw damaged(RECORD_HEADER_BYTES, 'entries', 'none');
  if (entries.count === 0 && records === undefined && groups === undefined) throw damaged(RECORD_HEADER_BYTES, 'entries', 'none');
  // 0 is before the first.
  if (firstSequence === 0 || !Number.isSafeInteger(firstSequence + entries.count)) throw damaged(16, 'a safe sequence', firstSequence);
  return { ...entries, ...(records && { records }), ...(groups && { groups }) };
}

/** Every frame is what it should be, so that nobody who walks them later meets a surprise. */
function checkRecords({ bytes, start, end, count }: Section): void {
  const frames = new FrameReader(bytes, start, end);
  let found = 0;
  try {
    while (frames.next()) {
      found++;
      checkRecord(frames);
    }
  } catch (error) {
    if (error instanceof RecordFault) throw damaged(error.at, 'a record', error.reason);
    throw error;
  }
  if (found !== count) throw damaged(start, `${count} records`, found);
}

/** What a frame may say, and no topic can hold. */
function checkRecord({ partition, record, frameStart }: FrameReader): void {
  if (partition >= MAX_PARTITIONS) throw damaged(frameStart, `a partition below ${MAX_PARTITIONS}`, partition);
  if (record.offset > Number.MAX_SAFE_INTEGER) throw damaged(frameStart, 'an offset below 2^53', 'a larger one');
  checkHeaders(record);
}

function groupsIn({ bytes, start, end, count }: Section): readonly StoredGroup[] {
  const groups = decodeGroups(bytes, start, end, count);
  if (groups === undefined) throw damaged(start, `${count} consumer groups`, `${end - start} bytes that are none`);
  return groups;
}

const KIND_NAMES = Object.keys(EntryKind);

/** How many of them are range deletes. */
function checkEntries(group: Section): number {
  const { bytes, end } = group;
  let at = group.start;
  let rangeDeletes = 0;
  for (let i = 0; i < group.count; i++) {
    const entry = at;
    if (at >= end) throw damaged(at, `${group.count} entries`, i);
    const kind = bytes[at++];
    const afterKey = varintEnd(bytes, at, end);
    const afterValue = varintEnd(bytes, afterKey, end);
    const keyLength = varintIn(bytes, at, afterKey);
    const valueLength = varintIn(bytes, afterKey, afterValue);
    if (kind > EntryKind.rangeDelete) throw unsupported(entry, `an entry of ${KIND_NAMES[kind] ?? `kind ${kind}`}`);
    if (keyLength > MAX_KEY_BYTES) throw damaged(entry, `a key of at most ${MAX_KEY_BYTES} bytes`, keyLength);
    if (kind === EntryKind.delete && valueLength !== 0) throw damaged(entry, 'a deletion without a value', valueLength);
    at = afterValue + keyLength + valueLength;
    if (kind !== EntryKind.rangeDelete) continue;
    if (at <= end) checkRange(bytes, entry, afterValue, afterValue + keyLength, at);
    rangeDeletes++;
  }
  if (at !== end) throw damaged(group.start, `entries of ${end - group.start} bytes`, `${at - group.start} bytes`);
  return rangeDeletes;
}

/** The key is where it starts and the value where it ends; an empty value: nowhere. */
function checkRange(bytes: Uint8Array, entry: number, start: number, keyEnd: number, valueEnd: number): void {
  const length = valueEnd - keyEnd;
  if (length > MAX_KEY_BYTES) throw damaged(entry, `a range delete up to a key of at most ${MAX_KEY_BYTES} bytes`, length);
  const isEmpty = length > 0 && compareRanges(bytes, start, keyEnd, bytes, keyEnd, valueEnd) >= 0;
  if (isEmpty) throw damaged(entry, 'a range delete that ends above its start', 'one that does not');
}

/** Where the number ends that begins at `at`: within five bytes and before `end`. */
function varintEnd(bytes: Uint8Array, at: number, end: number): number {
  for (let i = at; i < end && i < at + 5; i++) if (bytes[i] < 128) return i + 1;
  throw damaged(at, 'a number of at most five bytes', 'none');
}

/** By multiplication, since five bytes reach beyond 31 bits. */
function varintIn(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = end - 1; i >= start; i--) value = value * 128 + (bytes[i] & 127);
  return value;
}

/** Calls back for every entry: ranges in `group.bytes`; the value begins where the key ends. */
export function forEachEntry(
  group: Group,
  visit: (kind: number, keyStart: number, keyEnd: number, valueEnd: number, sequence: number) => void,
): void {
  const { bytes, end } = group;
  let at = group.start;
  for (let i = 0; i < group.count && at < end; i++) {
    const afterKey = varintEnd(bytes, at + 1, end);
    const keyStart = varintEnd(bytes, afterKey, end);
    const keyEnd = keyStart + varintIn(bytes, at + 1, afterKey);
    const valueEnd = keyEnd + varintIn(bytes, afterKey, keyStart);
    visit(bytes[at], keyStart, keyEnd, valueEnd, group.firstSequence + i);
    at = valueEnd;
  }
}

function damaged(at: number, expected: number | string, found: number | string): LithifyError {
  return new LithifyError(
    'LITHIFY_CORRUPTION',
    `A record holds ${found} at byte ${at}, not ${expected}. Restore the log, or repair the store.`,
    {
      details: { at, expected, found },
    },
  );
}

function unsupported(at: number, what: string): LithifyError {
  const message = `A record holds ${what} at byte ${at}, which this lithify cannot read; open the store with the version that wrote it.`;
  return new LithifyError('LITHIFY_WAL', message, { details: { at, expected: 'what this version knows', found: what } });
}
