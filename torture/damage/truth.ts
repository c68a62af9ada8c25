/** A record as it must be found. */
export interface TrueRecord {
  readonly offset: number;
  readonly key: bigint;
  readonly value: string;
}

/** What a store holds, told by what was acknowledged. */
export class Truth {
  readonly keys: Map<string, string>;
  readonly records: Map<string, readonly TrueRecord[]>;
  /** Of the one consumer group, by topic. */
  readonly committed: Map<string, number>;

  constructor(
    keys: ReadonlyMap<string, string> = new Map(),
    records: ReadonlyMap<string, readonly TrueRecord[]> = new Map(),
    committed: ReadonlyMap<string, number> = new Map(),
  ) {
    this.keys = new Map(keys);
    this.records = new Map(records);
    this.committed = new Map(committed);
  }

  copy(): Truth {
    return new Truth(this.keys, this.records, this.committed);
  }

  put(...entries: readonly (readonly [string, string | undefined])[]): void {
    for (const [key, value] of entries) {
      if (value === undefined) this.keys.delete(key);
      else this.keys.set(key, value);
    }
  }

  clear(gte: string, lt: string): void {
    for (const key of [...this.keys.keys()]) if (key >= gte && key < lt) this.keys.delete(key);
  }

  produce(topic: string, record: TrueRecord): void {
    this.records.set(topic, [...(this.records.get(topic) ?? []), record]);
  }

  commit(topic: string, offset: number): void {
    this.committed.set(topic, offset);
  }

  /** Only the newest of each key stays. */
  fold(topic: string): void {
    const newest = new Map((this.records.get(topic) ?? []).map((record) => [record.key, record]));
    this.records.set(
      topic,
      [...newest.values()].sort((a, b) => a.offset - b.offset),
    );
  }

  /** As a scan gives them. */
  get entries(): [string, string][] {
    return [...this.keys].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
