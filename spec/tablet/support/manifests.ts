import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { Database } from '../../../storage/database.ts';
import type { RangeDelete } from '../../../storage/range-deletes/range-deletes.ts';
import type { TableMeta } from '../../../storage/sst/table.ts';
import type { VersionEdit } from '../../../storage/tablet/contract.ts';
import { Manifest } from '../../../storage/tablet/manifest.ts';
import type { ManifestState } from '../../../storage/tablet/manifest-state.ts';
import { EMPTY_EDIT } from '../../../storage/tablet/manifest-state.ts';

export const checksum = (bytes: Uint8Array, seed?: number): number => crc32(bytes, seed);

export function openManifest(database: Database, options: { snapshotEntries?: number; snapshotBytes?: number } = {}) {
  return Manifest.open(database, { checksum, createIfMissing: true, ...options });
}

/** What a step of a history asks for; `edit` makes it sound for the state that it meets. */
export interface Step {
  readonly flush: boolean;
  readonly pick: number;
  readonly key: Uint8Array;
}
export const step: fc.Arbitrary<Step> = fc.record({ flush: fc.boolean(), pick: fc.nat(), key: fc.uint8Array({ maxLength: 12 }) });

export function editFor(state: ManifestState, { flush, pick, key }: Step): VersionEdit {
  const seq = state.lastSequence;
  if (flush)
    return {
      ...EMPTY_EDIT,
      added: [{ place: 'minor', table: table(seq, key, pick) }],
      lastSequence: seq + 1 + (pick % 5),
      walFloor: state.walFloor + 1,
      memtableFloor: state.memtableFloor + 1,
      ...(pick % 3 === 0 && { rangeDeletes: { added: rangeDeletes(seq, key, pick), removed: oldestRangeDelete(state, pick) } }),
    };
  const minor = state.version.minors.at(-1);
  if (minor === undefined) return { ...EMPTY_EDIT, collected: state.garbage.slice(0, pick % 3).map(({ id }) => id) };
  const place = pick % 7;
  const beside = state.version.levels[place].map(({ id, blocks, bytes }) => ({ id, blocks, bytes }));
  return {
    ...EMPTY_EDIT,
    ...(pick % 5 === 0 && { rangeDeletes: { added: [], removed: oldestRangeDelete(state, pick) } }),
    added: [{ place, table: minor }],
    removed: [{ place: 'minor', id: minor.id }, ...beside.map(({ id }) => ({ place, id }))],
    garbage: beside,
    pointers: [{ level: place, key }],
  };
}

/** One without an end, and one that has, at sequences of this flush. */
function rangeDeletes(seq: number, start: Uint8Array, pick: number): RangeDelete[] {
  const bounded = { start, end: Uint8Array.of(...start, pick % 256), seq: seq + 2 };
  return pick % 5 === 0 ? [{ start, seq: seq + 1 }] : [{ start, seq: seq + 1 }, bounded];
}

function oldestRangeDelete({ version }: ManifestState, pick: number): number[] {
  return version.rangeDeletes.list.slice(0, pick % 2).map(({ seq }) => seq);
}

function table(seq: number, key: Uint8Array, pick: number): TableMeta {
  const counts = { blocks: 2, bytes: pick, entries: 3 + (pick % 1000), tombstones: pick % 3 };
  const shadowed = pick % 2 === 0 ? { shadowed: pick % 4, shadowedBytes: pick, heldBetween: pick % 9 } : {};
  const cleared = pick % 3 === 0 ? {} : { clearedTo: pick };
  const ingested = pick % 7 === 0 ? { ingested: true } : {};
  return {
    id: 2 ** 40 + seq,
    ...counts,
    ...{ ...shadowed, ...cleared, ...ingested },
    minKey: key,
    maxKey: Uint8Array.of(...key, 255),
    minSeq: seq + 1,
    maxSeq: seq + 1 + (pick % 5),
  };
}

/** Everything but what an open itself changes. */
export function content(state: ManifestState) {
  return { ...state, epoch: 0, version: { ...state.version, number: 0, rangeDeletes: state.version.rangeDeletes.list } };
}
