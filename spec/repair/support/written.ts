import type { ExecutionContext } from 'ava';
import { type Engine, type Lost, open, type RepairReport } from '../../../index.ts';
import { TINY } from '../../support/engines.ts';

/** All values that a key ever had, oldest first; undefined: it was deleted. */
type History = (string | undefined)[];

/** What the smallest memtable takes at once. */
const BATCH = 50;

/** What was written to a store, and is therefore all that may be found in it. */
export class Written {
  readonly keys = new Map<string, History>();
  /** Values by offset, by `topic/partition`. */
  readonly records = new Map<string, Map<number, string>>();
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async put(entries: readonly (readonly [string, string | undefined])[]): Promise<void> {
    for (const [key, value] of entries) this.#note(key, value);
    for (let at = 0; at < entries.length; at += BATCH) {
      const some = entries.slice(at, at + BATCH);
      await this.#engine.kv.batch(some.map(([key, value]) => (value === undefined ? { type: 'del', key } : { type: 'put', key, value })));
    }
  }

  /** Everything from one key to before another goes. */
  async clear(gte: string, lt: string): Promise<void> {
    for (const key of this.keys.keys()) if (key >= gte && key < lt) this.#note(key, undefined);
    await this.#engine.kv.clear({ gte, lt });
  }

  async produce(topic: string, values: readonly string[], partition = 0): Promise<void> {
    const log = this.#engine.topic(topic);
    const offsets = await log.produceMany(values.map((value, i) => ({ key: BigInt(i), value, partition })));
    const key = `${topic}/${partition}`;
    const records = this.records.get(key) ?? new Map();
    offsets.forEach((offset, i) => records.set(offset, values[i]));
    this.records.set(key, records);
  }

  /** Only what is there at last, by key. */
  get current(): Map<string, string> {
    const found = new Map<string, string>();
    for (const [key, history] of this.keys) {
      const last = history.at(-1);
      if (last !== undefined) found.set(key, last);
    }
    return found;
  }

  #note(key: string, value: string | undefined): void {
    const history = this.keys.get(key) ?? [];
    history.push(value);
    this.keys.set(key, history);
  }
}

/** What a store holds. */
export interface Contents {
  readonly keys: ReadonlyMap<string, string>;
  /** As in `Written`. */
  readonly records: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly groups: readonly string[];
  readonly next: Readonly<Record<string, number>>;
}

export async function contentsOf(location: string): Promise<Contents> {
  await using engine = await open(location, { ...TINY, createIfMissing: false });
  const keys = new Map(await engine.kv.iterator().all());
  const records = new Map<string, Map<number, string>>();
  const groups: string[] = [];
  const next: Record<string, number> = {};
  for (const { name, partitions } of engine.topics()) {
    const topic = engine.topic(name);
    for (let partition = 0; partition < partitions; partition++) {
      records.set(`${name}/${partition}`, new Map());
      next[`${name}/${partition}`] = topic.offsets(partition)?.next ?? -1;
    }
    for await (const record of topic.subscribe({ idleTimeout: 0 }))
      records.get(`${name}/${record.partition}`)?.set(record.offset, new TextDecoder().decode(record.value));
    for (const { group, partition, committed } of topic.groups()) groups.push(`${group} ${name}/${partition} ${committed}`);
  }
  return { keys, records, groups: groups.sort(), next };
}

const text = new TextDecoder();

/** Is this key in what the report says was lost? Whatever the log or the manifest lost may be anything. */
export function isLost(key: string, lost: readonly Lost[]): boolean {
  return lost.some((one) => {
    if (one.what === 'writes' || one.what === 'manifest') return true;
    return one.what === 'keys' && isIn(key, one);
  });
}

export function isIn(key: string, { from, to }: { readonly from?: Uint8Array; readonly to?: Uint8Array }): boolean {
  return (from === undefined || text.decode(from) <= key) && (to === undefined || key <= text.decode(to));
}

export function isRecordLost(place: string, offset: number, lost: readonly Lost[]): boolean {
  return lost.some((one) => {
    if (one.what === 'writes' || one.what === 'manifest') return true;
    return one.what === 'records' && `${one.topic}/${one.partition}` === place && one.from <= offset && offset <= (one.to ?? Infinity);
  });
}

/**
 * What every repair promises: nothing is there that was never written, nothing is missing or older than it was without being
 * reported. Returns what is wrong, or undefined.
 */
export function faultIn(written: Written, found: Contents, { lost, stale }: RepairReport): string | undefined {
  const isVague = lost.some(({ what }) => what === 'writes' || what === 'manifest');
  for (const [key, value] of found.keys) {
    const history = written.keys.get(key);
    if (!history?.includes(value)) return `key ${key} has ${value}, which was never written`;
    if (value !== history.at(-1) && !isVague && !stale.some((one) => isIn(key, one))) return `key ${key} has the old ${value}, unreported`;
  }
  for (const [key] of written.current) if (!found.keys.has(key) && !isLost(key, lost)) return `key ${key} is missing, unreported`;
  return faultInRecords(written, found, lost);
}

function faultInRecords(written: Written, found: Contents, lost: readonly Lost[]): string | undefined {
  const all = [...written.records.values()].flatMap((records) => [...records].map(([offset, value]) => `${offset}:${value}`));
  for (const [place, records] of found.records) {
    const expected = written.records.get(place);
    for (const [offset, value] of records) {
      const isRight = expected === undefined ? all.includes(`${offset}:${value}`) : expected.get(offset) === value;
      if (!isRight) return `${place} has ${value} at ${offset}, which was never written`;
    }
  }
  for (const [place, records] of written.records) {
    for (const offset of records.keys())
      if (!found.records.get(place)?.has(offset) && !isRecordLost(place, offset, lost))
        return `${place} lacks offset ${offset}, unreported`;
  }
  return undefined;
}

export function expectNoFault(t: ExecutionContext, written: Written, found: Contents, report: RepairReport): void {
  t.is(faultIn(written, found, report), undefined);
}
