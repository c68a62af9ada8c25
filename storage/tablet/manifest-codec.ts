import { isEmpty, snapshotOfLogs } from '../log/catalog.ts';
import type { RangeDelete } from '../range-deletes/range-deletes.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Garbage, Place, VersionEdit } from './contract.ts';
import { asBytes, asNumber, FieldError, FieldRecord, FieldWriter } from './fields.ts';
import { decodeLogEdit, encodeLogEdit } from './log-codec.ts';
import type { ManifestState } from './manifest-state.ts';

/**
 * An edit as tagged fields; a whole state is the edit that makes it from nothing. Tags are on disk: fixed for ever,
 * never given twice. A tag that is not here comes from a newer lithify and is refused, since skipping it could lose
 * what it stands for.
 */
const EDIT = {
  added: 1,
  removed: 2,
  garbage: 3,
  collected: 4,
  walFloor: 5,
  lastSequence: 6,
  memtableFloor: 7,
  epoch: 8,
  pointer: 9,
  log: 10,
  nextTopic: 11,
  rangeDelete: 12,
  /** A range delete that is not needed any more. */
  retired: 13,
} as const;
const TABLE = {
  place: 1,
  id: 2,
  blocks: 3,
  bytes: 4,
  entries: 5,
  tombstones: 6,
  minKey: 7,
  maxKey: 8,
  minSeq: 9,
  maxSeq: 10,
  shadowed: 11,
  shadowedBytes: 12,
  clearedTo: 13,
  /** 1, or absent. */
  ingested: 14,
  heldBetween: 15,
} as const;
const REMOVED = { place: 1, id: 2 } as const;
const GARBAGE = { id: 1, blocks: 2, bytes: 3 } as const;
const POINTER = { level: 1, key: 2 } as const;
const RANGE_DELETE = { start: 1, end: 2, seq: 3 } as const;

export function encodeEdit(edit: VersionEdit): Uint8Array {
  const out = new FieldWriter();
  for (const { place, table } of edit.added) out.bytes(EDIT.added, encodeTable(place, table));
  for (const { place, id } of edit.removed)
    out.bytes(EDIT.removed, new FieldWriter().number(REMOVED.place, placeNumber(place)).number(REMOVED.id, id).finish());
  for (const garbage of edit.garbage) out.bytes(EDIT.garbage, encodeGarbage(garbage));
  for (const id of edit.collected) out.number(EDIT.collected, id);
  out.optional(EDIT.walFloor, edit.walFloor).optional(EDIT.lastSequence, edit.lastSequence);
  out.optional(EDIT.memtableFloor, edit.memtableFloor).optional(EDIT.epoch, edit.epoch);
  for (const { level, key } of edit.pointers ?? [])
    out.bytes(EDIT.pointer, new FieldWriter().number(POINTER.level, level).bytes(POINTER.key, key).finish());
  if (edit.log !== undefined) out.bytes(EDIT.log, encodeLogEdit(edit.log));
  for (const one of edit.rangeDeletes?.added ?? []) out.bytes(EDIT.rangeDelete, encodeRangeDelete(one));
  for (const seq of edit.rangeDeletes?.removed ?? []) out.number(EDIT.retired, seq);
  return out.optional(EDIT.nextTopic, edit.nextTopic).finish();
}

/** Throws FieldError where the bytes are not an edit. */
export function decodeEdit(bytes: Uint8Array): VersionEdit {
  const record = new FieldRecord(bytes, EDIT, 'an edit');
  const optional = (name: keyof typeof EDIT) => {
    const value = record.optional(name);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    added: record.all('added').map((one) => decodeTable(asBytes(one))),
    removed: record.all('removed').map((one) => decodeRemoved(asBytes(one))),
    garbage: record.all('garbage').map((one) => decodeGarbage(asBytes(one))),
    collected: record.all('collected').map(asNumber),
    ...optional('walFloor'),
    ...optional('lastSequence'),
    ...optional('memtableFloor'),
    ...optional('epoch'),
    ...(record.has('pointer') && { pointers: record.all('pointer').map((one) => decodePointer(asBytes(one))) }),
    ...(record.has('log') && { log: decodeLogEdit(record.bytes('log')) }),
    ...((record.has('rangeDelete') || record.has('retired')) && { rangeDeletes: decodeRangeDeletes(record) }),
    ...optional('nextTopic'),
  };
}

function decodeRangeDeletes(record: FieldRecord<keyof typeof EDIT>): NonNullable<VersionEdit['rangeDeletes']> {
  const added = record.all('rangeDelete').map((one) => decodeRangeDelete(asBytes(one)));
  return { added, removed: record.all('retired').map(asNumber) };
}

/** The edit that makes this state out of `emptyState()`; minors oldest first, as they were flushed. */
export function snapshotEdit(state: ManifestState): VersionEdit {
  const { minors, levels } = state.version;
  const added = minors.toReversed().map((table): VersionEdit['added'][number] => ({ place: 'minor', table }));
  levels.forEach((tables, place) => added.push(...tables.map((table) => ({ place, table }))));
  const pointers = state.pointers.flatMap((key, level) => (key === undefined ? [] : [{ level, key }]));
  const { garbage, walFloor, lastSequence, memtableFloor, epoch } = state;
  const { logs } = state.version;
  const log = isEmpty(logs) ? {} : { log: snapshotOfLogs(logs), nextTopic: logs.nextTopic };
  const { list } = state.version.rangeDeletes;
  const cleared = list.length === 0 ? {} : { rangeDeletes: { added: list, removed: [] } };
  return { added, removed: [], garbage, collected: [], walFloor, lastSequence, memtableFloor, epoch, pointers, ...log, ...cleared };
}

function encodeTable(place: Place, table: TableMeta): Uint8Array {
  const out = new FieldWriter().number(TABLE.place, placeNumber(place)).number(TABLE.id, table.id);
  out.number(TABLE.blocks, table.blocks).number(TABLE.bytes, table.bytes);
  out.number(TABLE.entries, table.entries).number(TABLE.tombstones, table.tombstones);
  out.bytes(TABLE.minKey, table.minKey).bytes(TABLE.maxKey, table.maxKey);
  out.number(TABLE.minSeq, table.minSeq).number(TABLE.maxSeq, table.maxSeq);
  out.optional(TABLE.shadowed, table.shadowed).optional(TABLE.shadowedBytes, table.shadowedBytes);
  return out
    .optional(TABLE.heldBetween, table.heldBetween)
    .optional(TABLE.clearedTo, table.clearedTo)
    .optional(TABLE.ingested, table.ingested ? 1 : undefined)
    .finish();
}

function decodeTable(bytes: Uint8Array): VersionEdit['added'][number] {
  const record = new FieldRecord(bytes, TABLE, 'a table');
  const optional = (name: 'shadowed' | 'shadowedBytes' | 'heldBetween' | 'clearedTo') => {
    const value = record.optional(name);
    return value === undefined ? {} : { [name]: value };
  };
  const table: TableMeta = {
    id: record.number('id'),
    blocks: record.number('blocks'),
    bytes: record.number('bytes'),
    entries: record.number('entries'),
    tombstones: record.number('tombstones'),
    ...optional('shadowed'),
    ...optional('shadowedBytes'),
    ...optional('heldBetween'),
    ...optional('clearedTo'),
    ...(record.has('ingested') && { ingested: asFlag(record.number('ingested')) }),
    minKey: record.bytes('minKey'),
    maxKey: record.bytes('maxKey'),
    minSeq: record.number('minSeq'),
    maxSeq: record.number('maxSeq'),
  };
  return { place: placeOf(record.number('place')), table };
}

function asFlag(value: number): true {
  if (value !== 1) throw new FieldError(0, '1, or no field', `${value}`);
  return true;
}

function encodeRangeDelete({ start, end, seq }: RangeDelete): Uint8Array {
  const out = new FieldWriter().bytes(RANGE_DELETE.start, start).number(RANGE_DELETE.seq, seq);
  if (end !== undefined) out.bytes(RANGE_DELETE.end, end);
  return out.finish();
}

function decodeRangeDelete(bytes: Uint8Array): RangeDelete {
  const record = new FieldRecord(bytes, RANGE_DELETE, 'a range delete');
  const end = record.has('end') ? { end: record.bytes('end') } : {};
  return { start: record.bytes('start'), ...end, seq: record.number('seq') };
}

function decodeRemoved(bytes: Uint8Array): VersionEdit['removed'][number] {
  const record = new FieldRecord(bytes, REMOVED, 'a removed table');
  return { place: placeOf(record.number('place')), id: record.number('id') };
}

function encodeGarbage({ id, blocks, bytes }: Garbage): Uint8Array {
  return new FieldWriter().number(GARBAGE.id, id).number(GARBAGE.blocks, blocks).number(GARBAGE.bytes, bytes).finish();
}

function decodeGarbage(bytes: Uint8Array): Garbage {
  const record = new FieldRecord(bytes, GARBAGE, 'a garbage blob');
  return { id: record.number('id'), blocks: record.number('blocks'), bytes: record.number('bytes') };
}

function decodePointer(bytes: Uint8Array): { level: number; key: Uint8Array } {
  const record = new FieldRecord(bytes, POINTER, 'a pointer');
  return { level: record.number('level'), key: record.bytes('key') };
}

/** 0 is the minors, so that levels can be added. */
function placeNumber(place: Place): number {
  return place === 'minor' ? 0 : place + 1;
}

function placeOf(number: number): Place {
  return number === 0 ? 'minor' : number - 1;
}
