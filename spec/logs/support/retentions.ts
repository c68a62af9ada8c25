import {
  type CompactionOptions,
  composedRetention,
  keyBasedRetention,
  type LogRecord,
  nthKeyBasedRetention,
  type Offset,
  retentionModule,
  type Strategy,
} from '../../../index.ts';

/** How a topic is compacted, and what that leaves. */
export interface Retention {
  readonly name: string;
  /** undefined: it is not registered at all. */
  readonly strategy: CompactionOptions | undefined;
  /** Of these, in order, those that are left when all of them have been compacted. */
  readonly keeps: (records: readonly LogRecord[]) => readonly LogRecord[];
}

type KeyOf = (record: LogRecord) => bigint | string | undefined;
const ownKey: KeyOf = ({ key }) => key;
const byThirds: KeyOf = ({ key }) => (key < 5n ? `third ${key % 3n}` : undefined);
const byHeader: KeyOf = ({ headers }) => headers[0]?.key;

/** The newest n of each key; what has no key is left alone. */
function newest(n: number, keyOf: KeyOf = ownKey): Retention['keeps'] {
  return (records) => {
    const later = new Map<bigint | string, number>();
    return records
      .toReversed()
      .flatMap((record) => {
        const key = keyOf(record);
        if (key === undefined) return [record];
        const count = (later.get(key) ?? 0) + 1;
        later.set(key, count);
        return count > n ? [] : [record];
      })
      .reverse();
  };
}

/** An object of one's own: the newest of each string key, with room for two of them a pass. */
const newestByThirds: Strategy<Map<string, Offset>, string> = {
  key: (record) => byThirds(record) as string | undefined,
  init: () => new Map(),
  reduce: (state, key, { offset }) => {
    if (!state.has(key) && state.size === 2) return true;
    state.set(key, offset);
    return false;
  },
  collect: (state) => state,
};

/** Keeps nothing, not even the newest record. */
const nothing: Strategy<Set<bigint>, bigint> = {
  init: async () => new Set(),
  reduce: (state, key) => {
    state.add(key);
    return false;
  },
  collect: (state) => new Map([...state].map((key) => [key, Number.MAX_SAFE_INTEGER])),
};

const composed = composedRetention([
  { when: (key) => key < 3n, strategy: nthKeyBasedRetention(2, 3) },
  { when: (key) => key < 6n, strategy: keyBasedRetention(2) },
]);

/** Every kind of strategy, most of them with less room than there are keys, so that compactions take several passes. */
export const RETENTIONS: readonly Retention[] = [
  { name: 'none', strategy: undefined, keeps: (records) => records },
  { name: 'rules only', strategy: {}, keeps: (records) => records },
  { name: 'key', strategy: { strategy: keyBasedRetention(2) }, keeps: newest(1) },
  { name: 'string key', strategy: { strategy: keyBasedRetention(1, { key: byHeader }) }, keeps: newest(1, byHeader) },
  { name: 'nth', strategy: { strategy: nthKeyBasedRetention(2, 2) }, keeps: newest(2) },
  {
    name: 'composed',
    strategy: { strategy: composed },
    keeps: (records) => {
      const kept = new Set([
        ...newest(3)(records.filter(({ key }) => key < 3n)),
        ...newest(1)(records.filter(({ key }) => key >= 3n && key < 6n)),
        ...records.filter(({ key }) => key >= 6n),
      ]);
      return records.filter((record) => kept.has(record));
    },
  },
  {
    name: 'module',
    strategy: { strategy: retentionModule({ module: new URL('./retention-module.ts', import.meta.url) }) },
    keeps: newest(2),
  },
  { name: 'own object', strategy: { strategy: newestByThirds }, keeps: newest(1, byThirds) },
  { name: 'nothing', strategy: { strategy: nothing }, keeps: () => [] },
];

export function retentionCalled(name: string): Retention {
  const found = RETENTIONS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no retention '${name}'`);
  return found;
}
