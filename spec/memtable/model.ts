import { compareBytes, EntryKind, type KeyRange } from '../../storage/entry.ts';
import { Memtable } from '../../storage/memtable/memtable.ts';
import { type Cursor, nextSync } from '../../storage/merge/cursor.ts';
import { GroupBuilder } from '../../storage/wal/group.ts';

export interface Version {
  readonly key: Uint8Array;
  /** undefined: a deletion. */
  readonly value: Uint8Array | undefined;
  readonly seq: number;
}
export type Put = readonly [key: Uint8Array, value: Uint8Array | undefined];

/** What a memtable is, told slowly: a sorted list of versions. */
export class Model {
  versions: Version[] = [];
  sequence: number;

  constructor(lastSequence = 0) {
    this.sequence = lastSequence;
  }

  add(puts: readonly Put[]): void {
    for (const [key, value] of puts) this.versions.push({ key, value, seq: ++this.sequence });
    this.versions.sort((a, b) => compareBytes(a.key, b.key) || b.seq - a.seq);
  }

  get(key: Uint8Array, maxSequence: number): Version | undefined {
    return this.versions.find((version) => compareBytes(version.key, key) === 0 && version.seq <= maxSequence);
  }

  range({ gte, lt, reverse = false }: KeyRange & { reverse?: boolean }, from?: Uint8Array): Version[] {
    const inside = this.versions.filter(({ key }) => (!gte || compareBytes(key, gte) >= 0) && (!lt || compareBytes(key, lt) < 0));
    const ordered = reverse ? inside.reverse() : inside;
    if (from === undefined) return ordered;
    return ordered.filter(({ key }) => (reverse ? compareBytes(key, from) <= 0 : compareBytes(key, from) >= 0));
  }
}

export function groupOf(firstSequence: number, puts: readonly Put[]): { builder: GroupBuilder; apply: (memtable: Memtable) => void } {
  const builder = new GroupBuilder();
  for (const [key, value] of puts) {
    if (value === undefined) builder.delete(key);
    else builder.put(key, value);
  }
  return { builder, apply: (memtable) => memtable.apply(builder.group(firstSequence)) };
}

/** Both, with the same groups; the groups must fit. */
export function filled(groups: readonly (readonly Put[])[], capacityBytes = 1 << 20): { memtable: Memtable; model: Model } {
  const memtable = Memtable.create(1, capacityBytes);
  const model = new Model();
  for (const puts of groups) {
    groupOf(model.sequence + 1, puts).apply(memtable);
    model.add(puts);
  }
  return { memtable, model };
}

/** Where the cursor stands, copied. */
export function current(cursor: Cursor): Version {
  const key = cursor.bytes.slice(cursor.keyStart, cursor.keyEnd);
  const value = cursor.bytes.slice(cursor.valueStart, cursor.valueEnd);
  return { key, value: cursor.kind === EntryKind.delete ? undefined : value, seq: cursor.seq };
}

export function rest(cursor: Cursor): Version[] {
  const found: Version[] = [];
  while (nextSync(cursor)) found.push(current(cursor));
  return found;
}

/** One line a version: comparing texts is a hundred times faster than comparing objects. */
export function show(versions: readonly Version[]): string {
  return versions.map(({ key, value, seq }) => `${key.join()} @${seq} ${value === undefined ? 'deleted' : value.join()}`).join('\n');
}
