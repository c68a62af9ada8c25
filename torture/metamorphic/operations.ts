/**
 * What happens to a store, as plain data: the same list is played under every configuration. A value is written
 * `v7*300`: `v7` and 300 times a `y` (values.ts).
 */
export type Operation = { [K in Kind]: { readonly kind: K } & Operands[K] }[Kind];
export type Kind = keyof Operands;
export type Of<K extends Kind> = Extract<Operation, { kind: K }>;

export interface Range {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
}
export interface ScanRange extends Range {
  readonly reverse?: boolean;
  readonly limit?: number;
}

export type Pair = readonly [key: string, value: string];
/** null: a delete. */
export type KeyWrite = readonly [key: string, value: string | null];

/**
 * `plain`: two partitions, never compacted. `settled`: compacted as it is registered, and only when asked. `busy`: keeps the
 * newest of each key from the beginning on, whenever enough has come in; when that is differs between configurations.
 */
export const TOPICS = ['plain', 'settled', 'busy'] as const;
export type TopicName = (typeof TOPICS)[number];

export interface Produced {
  readonly key: number;
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly time?: number;
}

export type Retention =
  | { readonly by: 'key'; readonly maxKeys: number }
  | { readonly by: 'nth'; readonly maxKeys: number; readonly n: number }
  /** The newest of the even keys and the newest of those that divide by three; a function, so no thread does it. */
  | { readonly by: 'function' };

/** `after`: in percent of what has been produced so far. */
export type ReadFrom = { readonly after: number } | { readonly time: number } | { readonly group: string } | 'beginning';

/** What a key must be for a write to happen; `found`: whatever it is right before. */
export type Expected = { readonly key: string; readonly is: 'found' | 'absent' } | { readonly key: string; readonly value: string };

/** Snapshots, iterators and subscriptions stand in numbered places; `at` is the place of a snapshot. */
export interface Operands {
  put: { readonly key: string; readonly value: string; readonly sync?: boolean };
  del: { readonly key: string };
  /** In order: the last write of a key wins. */
  batch: { readonly writes: readonly KeyWrite[]; readonly chained?: boolean };
  clear: { readonly range: ScanRange; readonly at?: number };
  /** Ascending. */
  ingest: { readonly pairs: readonly Pair[] };
  /** Through a sublevel; shows all that is in it afterwards. */
  sublevel: { readonly name: string; readonly writes: readonly KeyWrite[]; readonly clear?: Range };

  get: { readonly key: string; readonly at?: number };
  getMany: { readonly keys: readonly string[]; readonly at?: number };
  scan: { readonly what: 'iterator' | 'keys' | 'values'; readonly range: ScanRange; readonly at?: number };

  snapshot: { readonly place: number };
  release: { readonly place: number };
  open: { readonly place: number; readonly range: ScanRange; readonly at?: number };
  /** By `next`, or by `nextv`. */
  step: { readonly place: number; readonly count: number; readonly many: boolean };
  seek: { readonly place: number; readonly target: string };
  /** All that is left; then it is closed. */
  rest: { readonly place: number };

  write: {
    readonly writes: readonly KeyWrite[];
    readonly records: readonly (readonly [TopicName, Produced])[];
    readonly expects: readonly Expected[];
    /** Left out when there is nothing in the topic yet; `at` as in `commit`, of the first partition. */
    readonly commit?: Omit<Of<'commit'>, 'kind'>;
  };
  produce: { readonly topic: TopicName; readonly records: readonly Produced[]; readonly many: boolean };
  read: { readonly topic: TopicName; readonly from: ReadFrom };
  topics: Record<never, never>;
  /** `at`: in percent of what has been produced so far. */
  commit: { readonly topic: TopicName; readonly group: string; readonly at: number };
  subscribe: { readonly place: number };
  take: { readonly place: number; readonly count: number };
  register: { readonly retention: Retention };
  unregister: Record<never, never>;
  compact: { readonly topic: 'settled' | 'busy' };
  /** Of the busy topic; goes on while the next operations are played. */
  compactBeside: Record<never, never>;
  drop: { readonly topic: TopicName };

  ask: { readonly type: 'MinorCompact' | 'MajorCompaction' | 'GarbageCollect' };
  /** Goes on while the next operations are played. */
  askBeside: { readonly type: 'MinorCompact' | 'MajorCompaction' | 'GarbageCollect' };
  compactRange: { readonly from: string; readonly to: string };
  size: { readonly from: string; readonly to: string };
  verify: Record<never, never>;
  /** The copy is opened and read. */
  checkpoint: Record<never, never>;
  reopen: Record<never, never>;
  /** Simulated ms; turns of the event loop where time is real. */
  pause: { readonly ms: number };
  /** All are called before any of them is awaited. */
  atOnce: { readonly operations: readonly Operation[] };
}
