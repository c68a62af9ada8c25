import { LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import { compareBytes } from '../entry.ts';
import { applyLogEdit, EMPTY_CATALOG } from '../log/catalog.ts';
import { RangeDeletes } from '../range-deletes/range-deletes.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Place, Version, VersionEdit } from './contract.ts';
import { LEVELS } from './contract.ts';
import { areDisjoint, byMinKey } from './ranges.ts';

export function emptyVersion(): Version {
  return { number: 0, minors: [], levels: Array.from({ length: LEVELS }, () => []), logs: EMPTY_CATALOG, rangeDeletes: RangeDeletes.none };
}

export function tablesAt(version: Version, place: Place): readonly TableMeta[] {
  return place === 'minor' ? version.minors : (version.levels[place] ?? []);
}

export function allTables(version: Version): readonly TableMeta[] {
  return [version.minors, ...version.levels].flat();
}

/** Tables that the edit removes but that are not at their place (any more): a commit with any is refused. */
export function missingInputs(version: Version, edit: Pick<VersionEdit, 'removed'>): BlobId[] {
  const there = new Map<Place, Set<BlobId>>();
  for (const { place } of edit.removed) {
    if (!there.has(place)) there.set(place, new Set(tablesAt(version, place).map(({ id }) => id)));
  }
  return edit.removed.filter(({ place, id }) => there.get(place)?.has(id) !== true).map(({ id }) => id);
}

/**
 * The version after the edit; places that the edit does not name are shared with the old one. Throws
 * LITHIFY_INTERNAL, and changes nothing, when the result would not be a sound tree: an input is gone, an id stands
 * twice, tables of a level overlap, a minor comes out of sealing order, or a removed table would be forgotten.
 */
export function applyEdit(version: Version, edit: VersionEdit): Version {
  const missing = missingInputs(version, edit);
  if (missing.length > 0) throw unsound(`removes tables that are not there: ${missing.join(', ')}`);
  refuseForgotten(edit);
  const levels = version.levels.map((level, index) => replaced(level, index, edit, sortedLevel));
  const minors = replaced(version.minors, 'minor', edit, sortedMinors);
  const logs = applyLogEdit(version.logs, edit.log, edit.nextTopic);
  const next = { number: version.number + 1, minors, levels, logs, rangeDeletes: applyRangeDeletes(version.rangeDeletes, edit) };
  refusePlaces(edit, levels.length);
  refuseTwins(next, edit);
  refuseLate(version, edit);
  return next;
}

function applyRangeDeletes(before: RangeDeletes, { rangeDeletes }: VersionEdit): RangeDeletes {
  if (rangeDeletes === undefined) return before;
  const gone = new Set(rangeDeletes.removed);
  refuseRangeDeletes(before, rangeDeletes);
  return before.without(({ seq }) => gone.has(seq)).with(rangeDeletes.added);
}

/** Each sequence is one range delete's, and each covers some key: otherwise what is removed later would not be there. */
function refuseRangeDeletes(before: RangeDeletes, { added, removed }: NonNullable<VersionEdit['rangeDeletes']>): void {
  const known = new Set(before.list.map(({ seq }) => seq));
  for (const seq of removed) if (!known.delete(seq)) throw unsound(`removes range delete ${seq}, which is not there`);
  for (const { start, end, seq } of added) {
    if (known.has(seq)) throw unsound(`adds range delete ${seq} twice`);
    if (end !== undefined && compareBytes(start, end) >= 0) throw unsound(`adds range delete ${seq}, which covers nothing`);
    known.add(seq);
  }
}

type Arrange = (tables: TableMeta[], place: Place) => readonly TableMeta[];

function replaced(tables: readonly TableMeta[], place: Place, edit: VersionEdit, arrange: Arrange): readonly TableMeta[] {
  const gone = new Set(edit.removed.filter((one) => one.place === place).map(({ id }) => id));
  const added = edit.added.filter((one) => one.place === place).map(({ table }) => table);
  if (gone.size === 0 && added.length === 0) return tables;
  return arrange([...tables.filter(({ id }) => !gone.has(id)), ...added], place);
}

function sortedLevel(tables: TableMeta[], place: Place): readonly TableMeta[] {
  tables.sort(byMinKey);
  if (!areDisjoint(tables)) throw unsound(`would make tables of level ${place} overlap`);
  return tables;
}

function sortedMinors(tables: TableMeta[]): readonly TableMeta[] {
  return tables.sort((a, b) => b.maxSeq - a.maxSeq);
}

function refuseForgotten(edit: VersionEdit): void {
  const kept = new Set([...edit.added.map(({ table }) => table.id), ...edit.garbage.map(({ id }) => id)]);
  const forgotten = edit.removed.filter(({ id }) => !kept.has(id));
  if (forgotten.length > 0) throw unsound(`removes blobs without recording them as garbage: ${forgotten.map(({ id }) => id).join(', ')}`);
}

function refusePlaces(edit: VersionEdit, levels: number): void {
  for (const { place } of edit.added) {
    if (place !== 'minor' && !(Number.isInteger(place) && place >= 0 && place < levels))
      throw unsound(`adds to level ${place}, of ${levels}`);
  }
}

function refuseTwins(next: Version, edit: VersionEdit): void {
  const named = new Set([...edit.added.map(({ table }) => table.id), ...edit.garbage.map(({ id }) => id)]);
  const garbage = new Set(edit.garbage.map(({ id }) => id));
  if (named.size === 0) return;
  const seen = new Set<BlobId>();
  for (const { id } of allTables(next)) {
    if (!named.has(id)) continue;
    if (garbage.has(id)) throw unsound(`makes blob ${id} garbage while it is live`);
    if (seen.has(id)) throw unsound(`adds blob ${id} twice`);
    seen.add(id);
  }
}

/** Flushes commit in sealing order: only then is the first hit among the minors, newest first, the newest version. */
function refuseLate(version: Version, edit: VersionEdit): void {
  let newest = version.minors[0]?.maxSeq ?? -1;
  for (const { place, table } of edit.added) {
    if (place !== 'minor') continue;
    if (table.minSeq <= newest) throw unsound(`adds minor ${table.id} (from sequence ${table.minSeq}) after one that reaches ${newest}`);
    newest = table.maxSeq;
  }
}

function unsound(what: string): LithifyError {
  return new LithifyError('LITHIFY_INTERNAL', `A version edit ${what}; nothing was changed.`);
}
