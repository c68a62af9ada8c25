export type KeyChange =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string }
  | { readonly type: 'clear'; readonly gte: string; readonly lt: string };

export interface NewEntry {
  readonly topic: string;
  readonly key: number;
  readonly value: string;
}

/** How far a consumer group has read the plain topic. */
export interface GroupCommit {
  readonly group: string;
  readonly offset: number;
}

/** One call: whole or not at all. */
export interface Write {
  /** Ascends with the calls, over all lives. */
  readonly number: number;
  readonly keys: readonly KeyChange[];
  readonly entries: readonly NewEntry[];
  readonly commit?: GroupCommit;
  /** Acknowledged only when it is on disk, whatever the engine's durability. */
  readonly synced: boolean;
  state: 'called' | 'acknowledged' | 'refused';
  /** The how-many-th answer it got, from 1; 0: none yet. */
  acknowledgement: number;
  /** Of its entries, once acknowledged. */
  offsets: readonly number[];
}

export type Content = Map<string, string>;

export function applyTo(content: Content, changes: readonly KeyChange[]): void {
  for (const change of changes) {
    if (change.type === 'put') content.set(change.key, change.value);
    else if (change.type === 'del') content.delete(change.key);
    else for (const key of [...content.keys()]) if (key >= change.gte && key < change.lt) content.delete(key);
  }
}

/** What tells two contents apart, for a message; undefined: nothing. */
export function difference(found: Content, expected: Content): string | undefined {
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const [is, should] = [found.get(key), expected.get(key)];
    if (is !== should) return `${key} is ${short(is)}, not ${short(should)}`;
  }
  return undefined;
}

function short(value: string | undefined): string {
  return value === undefined ? 'absent' : `'${value.slice(0, 24)}'`;
}
