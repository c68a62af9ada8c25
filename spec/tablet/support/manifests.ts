import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { Database } from '../../../storage/database.ts';
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
    };
  const minor = state.version.minors.at(-1);
  if (minor === undefined) return { ...EMPTY_EDIT, collected: state.garbage.slice(0, pick % 3).map(({ id }) => id) };
  const place = pick % 7;
  const beside = state.version.levels[place].map(({ id, blocks, bytes }) => ({ id, blocks, bytes }));
  return {
    ...EMPTY_EDIT,
    added: [{ place, table: minor }],
    removed: [{ place: 'minor', id: minor.id }, ...beside.map(({ id }) => ({ place, id }))],
    garbage: beside,
    pointers: [{ level: place, key }],
  };
}

function table(seq: number, key: Uint8Array, pick: number): TableMeta {
  const counts = { blocks: 2, bytes: pick, entries: 3 + (pick % 1000), tombstones: pick % 3 };
  const shadowed = pick % 2 === 0 ? { shadowed: pick % 4 } : {};
  return {
    id: 2 ** 40 + seq,
    ...counts,
    ...shadowed,
    minKey: key,
    maxKey: Uint8Array.of(...key, 255),
    minSeq: seq + 1,
    maxSeq: seq + 1 + (pick % 5),
  };
}

/** Everything but what an open itself changes. */
export function content(state: ManifestState) {
  return { ...state, epoch: 0, version: { ...state.version, number: 0 } };
}
