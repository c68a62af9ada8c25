import { MAX_PARTITIONS } from '../../protocol/log.ts';
import type { LogChange, LogEdit, LogTopic, PartName, StoredGroup } from '../log/catalog.ts';
import type { BlobExtent, LogPart, PartitionId } from '../log/part.ts';
import { asBytes, asNumber, FieldError, FieldRecord, FieldWriter } from './fields.ts';

/** A log edit as tagged fields; tags are on disk, see manifest-codec.ts. */
const LOG = { created: 1, dropped: 2, change: 3, staged: 4, unstaged: 5, group: 6, forgotten: 7 } as const;
const TOPIC = { id: 1, name: 2, partitions: 3 } as const;
const CHANGE = { topic: 1, partition: 2, removed: 3, added: 4, agedTo: 5 } as const;
const NAME = { blob: 1, firstBlock: 2 } as const;
const EXTENT = { id: 1, blocks: 2, bytes: 3 } as const;
const PART = {
  blob: 1,
  firstBlock: 2,
  blocks: 3,
  firstOffset: 4,
  lastOffset: 5,
  records: 6,
  bytes: 7,
  minTimestamp: 8,
  maxTimestamp: 9,
  untimed: 10,
  agedAt: 11,
  compacted: 12,
  staged: 13,
  oldestTombstone: 14,
} as const;
const GROUP = { topic: 1, partition: 2, group: 3, offset: 4, committedAt: 5 } as const;

const utf8 = new TextEncoder();
/** A lone surrogate cannot come in here: names are checked before they are stored. */
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeLogEdit(edit: LogEdit): Uint8Array {
  const out = new FieldWriter();
  for (const { id, name, partitions } of edit.created ?? []) {
    const topic = new FieldWriter().number(TOPIC.id, id).bytes(TOPIC.name, utf8.encode(name)).number(TOPIC.partitions, partitions);
    out.bytes(LOG.created, topic.finish());
  }
  for (const id of edit.dropped ?? []) out.number(LOG.dropped, id);
  for (const change of edit.changes ?? []) out.bytes(LOG.change, encodeChange(change));
  for (const extent of edit.staged ?? []) out.bytes(LOG.staged, encodeExtent(extent));
  for (const id of edit.unstaged ?? []) out.number(LOG.unstaged, id);
  for (const group of edit.groups ?? []) out.bytes(LOG.group, encodeGroup(group));
  for (const group of edit.groupsForgotten ?? []) out.bytes(LOG.forgotten, encodeGroup({ ...group, offset: 0, committedAt: 0 }));
  return out.finish();
}

/** Throws FieldError where the bytes are not a log edit. */
export function decodeLogEdit(bytes: Uint8Array): LogEdit {
  const record = new FieldRecord(bytes, LOG, 'a change of logs');
  return {
    created: record.all('created').map((one) => decodeTopic(asBytes(one))),
    dropped: record.all('dropped').map(asNumber),
    changes: record.all('change').map((one) => decodeChange(asBytes(one))),
    staged: record.all('staged').map((one) => decodeExtent(asBytes(one))),
    unstaged: record.all('unstaged').map(asNumber),
    groups: record.all('group').map((one) => decodeGroup(asBytes(one))),
    groupsForgotten: record.all('forgotten').map((one) => decodeGroup(asBytes(one))),
  };
}

function encodeChange(change: LogChange): Uint8Array {
  const out = new FieldWriter().number(CHANGE.topic, change.topic).number(CHANGE.partition, change.partition);
  for (const { blobId, firstBlock } of change.removed)
    out.bytes(CHANGE.removed, new FieldWriter().number(NAME.blob, blobId).number(NAME.firstBlock, firstBlock).finish());
  for (const part of change.added) out.bytes(CHANGE.added, encodePart(part));
  return out.optional(CHANGE.agedTo, change.agedTo).finish();
}

function decodeChange(bytes: Uint8Array): LogChange {
  const record = new FieldRecord(bytes, CHANGE, 'a change of a partition');
  const agedTo = record.optional('agedTo');
  return {
    ...partitionOf(record),
    removed: record.all('removed').map((one) => decodeName(asBytes(one))),
    added: record.all('added').map((one) => decodePart(asBytes(one))),
    ...(agedTo !== undefined && { agedTo }),
  };
}

function encodePart(part: LogPart): Uint8Array {
  const out = new FieldWriter().bytes(PART.blob, encodeExtent(part.blob));
  out.number(PART.firstBlock, part.firstBlock).number(PART.blocks, part.blocks);
  out.number(PART.firstOffset, part.firstOffset).number(PART.lastOffset, part.lastOffset);
  out.number(PART.records, part.records).number(PART.bytes, part.bytes);
  if (part.minTimestamp !== undefined) out.bytes(PART.minTimestamp, float(part.minTimestamp));
  if (part.maxTimestamp !== undefined) out.bytes(PART.maxTimestamp, float(part.maxTimestamp));
  out.number(PART.untimed, part.untimed).bytes(PART.agedAt, float(part.agedAt));
  out.number(PART.compacted, part.compacted ? 1 : 0);
  if (part.oldestTombstone !== undefined) out.bytes(PART.oldestTombstone, float(part.oldestTombstone));
  for (const extent of part.staged) out.bytes(PART.staged, encodeExtent(extent));
  return out.finish();
}

function decodePart(bytes: Uint8Array): LogPart {
  const record = new FieldRecord(bytes, PART, 'a part');
  return {
    blob: decodeExtent(record.bytes('blob')),
    firstBlock: record.number('firstBlock'),
    blocks: record.number('blocks'),
    firstOffset: record.number('firstOffset'),
    lastOffset: record.number('lastOffset'),
    records: record.number('records'),
    bytes: record.number('bytes'),
    ...(record.has('minTimestamp') && { minTimestamp: floatOf(record.bytes('minTimestamp')) }),
    ...(record.has('maxTimestamp') && { maxTimestamp: floatOf(record.bytes('maxTimestamp')) }),
    untimed: record.number('untimed'),
    agedAt: floatOf(record.bytes('agedAt')),
    compacted: record.number('compacted') === 1,
    ...(record.has('oldestTombstone') && { oldestTombstone: floatOf(record.bytes('oldestTombstone')) }),
    staged: record.all('staged').map((one) => decodeExtent(asBytes(one))),
  };
}

function encodeExtent({ id, blocks, bytes }: BlobExtent): Uint8Array {
  return new FieldWriter().number(EXTENT.id, id).number(EXTENT.blocks, blocks).number(EXTENT.bytes, bytes).finish();
}

function decodeExtent(bytes: Uint8Array): BlobExtent {
  const record = new FieldRecord(bytes, EXTENT, 'a blob');
  return { id: record.number('id'), blocks: record.number('blocks'), bytes: record.number('bytes') };
}

function decodeName(bytes: Uint8Array): PartName {
  const record = new FieldRecord(bytes, NAME, 'a removed part');
  return { blobId: record.number('blob'), firstBlock: record.number('firstBlock') };
}

function encodeGroup(group: StoredGroup): Uint8Array {
  const out = new FieldWriter().number(GROUP.topic, group.topic).number(GROUP.partition, group.partition);
  out.bytes(GROUP.group, utf8.encode(group.group)).number(GROUP.offset, group.offset);
  return out.bytes(GROUP.committedAt, float(group.committedAt)).finish();
}

function decodeGroup(bytes: Uint8Array): StoredGroup {
  const record = new FieldRecord(bytes, GROUP, 'a consumer group');
  const committedAt = floatOf(record.bytes('committedAt'));
  return { ...partitionOf(record), group: textOf(record.bytes('group')), offset: record.number('offset'), committedAt };
}

function decodeTopic(bytes: Uint8Array): LogTopic {
  const record = new FieldRecord(bytes, TOPIC, 'a topic');
  const partitions = record.number('partitions');
  if (partitions > MAX_PARTITIONS) throw new FieldError(0, `at most ${MAX_PARTITIONS} partitions`, `${partitions}`);
  return { id: record.number('id'), name: textOf(record.bytes('name')), partitions };
}

/** Whoever knows a partition has room for those before it, so that its number must not be just any. */
function partitionOf(record: FieldRecord<'topic' | 'partition'>): PartitionId {
  const partition = record.number('partition');
  if (partition >= MAX_PARTITIONS) throw new FieldError(0, `a partition below ${MAX_PARTITIONS}`, `${partition}`);
  return { topic: record.number('topic'), partition };
}

function textOf(bytes: Uint8Array): string {
  try {
    return text.decode(bytes);
  } catch {
    throw new FieldError(0, 'text', 'bytes that are not UTF-8');
  }
}

/** Times may be before 1970, and have fractions. */
function float(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

function floatOf(bytes: Uint8Array): number {
  if (bytes.length !== 8) throw new FieldError(0, 'a time of 8 bytes', `${bytes.length}`);
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
}
