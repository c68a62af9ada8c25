// A process that opens, reads and repairs damaged stores, one after the other, and says what came of each. LevelDB may abort
// it (promise 6); then its parent knows with which store.
import { type Engine, open, repair } from '../../index.ts';
import { codeOf, messageOf } from '../../protocol/errors.ts';
import type { RepairReport } from '../../protocol/repair.ts';
import type { Contents } from '../../spec/repair/support/written.ts';
import { TINY } from '../../spec/support/engines.ts';

/** An error that somebody was given; no code: it is not one of ours. */
export interface Refusal {
  readonly code: string | undefined;
  readonly message: string;
}

/** What is asked of the process; the keys are those that should be there, or should not. */
export type Task =
  | { readonly kind: 'open'; readonly location: string; readonly keys: readonly string[] }
  | { readonly kind: 'repair'; readonly location: string; readonly target: string };

/** What came of reading a store that could be opened. */
export interface Reading {
  /** By key. */
  readonly gets: ReadonlyMap<string, string | undefined | Refusal>;
  /** Keys and values in order, as far as it went. */
  readonly scan: readonly (readonly [string, string])[];
  /** Values by offset, by `topic/partition`, as far as it went. */
  readonly records: ReadonlyMap<string, ReadonlyMap<number, string>>;
  /** Everything but a get that was refused: the scan, a topic, the close. */
  readonly refusals: readonly Refusal[];
  readonly verified: readonly { readonly reason: string }[] | Refusal;
}

export type Outcome =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'read'; readonly reading: Reading }
  | { readonly kind: 'repaired'; readonly report: RepairReport; readonly found: Contents; readonly damage: number };

export function isRefusal(given: unknown): given is Refusal {
  return typeof given === 'object' && given !== null && 'message' in given;
}

function refusalOf(error: unknown): Refusal {
  return { code: codeOf(error), message: messageOf(error) };
}

async function openAndRead(location: string, keys: readonly string[]): Promise<Outcome> {
  const engine = await open(location, { ...TINY, minorTrigger: 64, createIfMissing: false });
  // Before anything is read: a merge needs no filter, and takes a table away whose filter is all that is damaged.
  const verified = await engine.verify().then(({ damage }) => damage, refusalOf);
  const refusals: Refusal[] = [];
  const noted = async (work: Promise<unknown>) => void (await work.catch((error: unknown) => refusals.push(refusalOf(error))));
  const gets = new Map<string, string | undefined | Refusal>();
  for (const key of keys) gets.set(key, await engine.kv.get(key).catch(refusalOf));
  const scan: [string, string][] = [];
  await noted(readInto(scan, engine));
  const records = new Map<string, Map<number, string>>();
  for (const { name } of engine.topics()) await noted(readTopic(records, engine, name));
  await noted(engine.close());
  return { kind: 'read', reading: { gets, scan, records, refusals, verified } };
}

async function readInto(scan: [string, string][], engine: Engine): Promise<void> {
  for await (const [key, value] of engine.kv.iterator()) scan.push([key, value]);
}

async function readTopic(records: Map<string, Map<number, string>>, engine: Engine, name: string): Promise<void> {
  const text = new TextDecoder();
  for await (const { partition, offset, value } of engine.topic(name).subscribe({ idleTimeout: 0 })) {
    const place = `${name}/${partition}`;
    const found = records.get(place) ?? new Map<number, string>();
    records.set(place, found.set(offset, text.decode(value)));
  }
}

async function repairAndRead(location: string, target: string): Promise<Outcome> {
  const report = await repair(location, target, { options: TINY });
  await using engine = await open(target, { ...TINY, createIfMissing: false });
  const keys = new Map(await engine.kv.iterator().all());
  const records = new Map<string, Map<number, string>>();
  for (const { name } of engine.topics()) await readTopic(records, engine, name);
  const { damage } = await engine.verify();
  return { kind: 'repaired', report, found: { keys, records, groups: [], next: {} }, damage: damage.length };
}

function run(task: Task): Promise<Outcome> {
  return task.kind === 'open' ? openAndRead(task.location, task.keys) : repairAndRead(task.location, task.target);
}

if (import.meta.main) {
  process.on('message', (task: Task) => {
    void run(task)
      .catch((error: unknown): Outcome => ({ kind: 'refused', refusal: refusalOf(error) }))
      .then((outcome) => process.send?.(outcome));
  });
}
