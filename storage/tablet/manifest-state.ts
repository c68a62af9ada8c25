import { LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import { logBlobs } from '../log/catalog.ts';
import type { Garbage, Version, VersionEdit } from './contract.ts';
import { LEVELS } from './contract.ts';
import { allTables, applyEdit, emptyVersion } from './version.ts';

/** All that the manifest knows. Immutable: every commit makes a new one. */
export interface ManifestState {
  /** Its number is the number of the manifest's newest entry. */
  readonly version: Version;
  /** Blobs to delete, in the order in which they became garbage. */
  readonly garbage: readonly Garbage[];
  /** WAL segments below this number are not needed. */
  readonly walFloor: number;
  /** The highest sequence number in any table, 0 before the first; what the WAL replays starts behind it. */
  readonly lastSequence: number;
  /** Memtables get numbers from here on. */
  readonly memtableFloor: number;
  /** How often the store was opened; blob ids of this opening are above those of every earlier one. */
  readonly epoch: number;
  /** By level: where its last Regular order ended. */
  readonly pointers: readonly (Uint8Array | undefined)[];
}

export function emptyState(): ManifestState {
  return {
    version: emptyVersion(),
    garbage: [],
    walFloor: 0,
    lastSequence: 0,
    memtableFloor: 1,
    epoch: 0,
    pointers: Array.from({ length: LEVELS }, () => undefined),
  };
}

export const EMPTY_EDIT: VersionEdit = { added: [], removed: [], garbage: [], collected: [] };

/** The state after the edit. Throws LITHIFY_INTERNAL, and changes nothing, where the edit is unsound. */
export function applyToState(state: ManifestState, edit: VersionEdit): ManifestState {
  const version = applyEdit(state.version, edit);
  refuseOldMinors(state, edit);
  refuseUnreached(edit, Math.max(state.lastSequence, edit.lastSequence ?? 0));
  return {
    version,
    garbage: nextGarbage(state, edit),
    walFloor: notLower('walFloor', state.walFloor, edit.walFloor),
    lastSequence: notLower('lastSequence', state.lastSequence, edit.lastSequence),
    memtableFloor: notLower('memtableFloor', state.memtableFloor, edit.memtableFloor),
    epoch: notLower('epoch', state.epoch, edit.epoch),
    pointers: nextPointers(state, edit),
  };
}

/** Live tables, parts of logs, staged values and garbage: every blob that the store still has a use for or a duty to delete. */
export function knownBlobs(state: ManifestState): Set<BlobId> {
  const known = new Set<BlobId>();
  for (const { id } of allTables(state.version)) known.add(id);
  for (const { id } of logBlobs(state.version.logs)) known.add(id);
  for (const { id } of state.garbage) known.add(id);
  return known;
}

function nextGarbage(state: ManifestState, edit: VersionEdit): readonly Garbage[] {
  if (edit.garbage.length === 0 && edit.collected.length === 0) return state.garbage;
  const known = new Set(state.garbage.map(({ id }) => id));
  for (const { id } of edit.garbage) {
    if (known.has(id)) throw unsound(`makes blob ${id} garbage twice`);
    known.add(id);
  }
  const collected = new Set(edit.collected);
  return [...state.garbage, ...edit.garbage].filter(({ id }) => !collected.has(id));
}

function nextPointers(state: ManifestState, edit: VersionEdit): ManifestState['pointers'] {
  if (edit.pointers === undefined || edit.pointers.length === 0) return state.pointers;
  const next = [...state.pointers];
  for (const { level, key } of edit.pointers) {
    if (!(level >= 0 && level < next.length)) throw unsound(`has a pointer for level ${level}`);
    next[level] = key;
  }
  return next;
}

/** Levels may hold anything up to `lastSequence`, so a minor that begins below it would stand above newer data. */
function refuseOldMinors(state: ManifestState, edit: VersionEdit): void {
  if (state.lastSequence === 0) return;
  const late = edit.added.find(({ place, table }) => place === 'minor' && table.minSeq <= state.lastSequence);
  if (late) throw unsound(`adds minor ${late.table.id}, from sequence ${late.table.minSeq}, when tables reach ${state.lastSequence}`);
}

/** What the log replays begins behind `lastSequence`: a range delete beyond it would be there twice. */
function refuseUnreached({ rangeDeletes }: VersionEdit, lastSequence: number): void {
  const beyond = rangeDeletes?.added.find(({ seq }) => seq > lastSequence);
  if (beyond) throw unsound(`adds range delete ${beyond.seq}, when tables reach ${lastSequence}`);
}

function notLower(name: string, now: number, next: number | undefined): number {
  if (next !== undefined && next < now) throw unsound(`lowers ${name} from ${now} to ${next}`);
  return next ?? now;
}

function unsound(what: string): LithifyError {
  return new LithifyError('LITHIFY_INTERNAL', `A version edit ${what}; nothing was changed.`);
}
