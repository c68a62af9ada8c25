import { LithifyError } from '../../protocol/errors.ts';
import type { Offset } from '../../protocol/log.ts';

/** Where reading starts. After a compaction: at the first record that is left from there on. */
export type StartFrom =
  /** The first record that exists. */
  | 'beginning'
  /** What is produced after the call of `subscribe`. */
  | 'end'
  /** This record and what follows; beyond the end it is waited for. */
  | { readonly offset: Offset }
  /** What follows this record: "I have consumed this". */
  | { readonly after: Offset }
  /** The first record with a timestamp of at least this, ms since 1970 or a Date; the end when there is none yet. */
  | { readonly time: number | { getTime(): number } };

/** "I have already consumed this offset": reading starts behind it. (streambed's ConsumerOffset, log-format 1.1.) */
export interface ConsumerOffset {
  /** Needed where several topics are subscribed. */
  readonly topic?: string;
  /** From 0. */
  readonly partition: number;
  /** The last record that was consumed. */
  readonly offset: Offset;
}

/** What `subscribe` takes; all of it may be left out. */
export interface SubscribeOptions {
  /** Default: behind what `group` has committed, otherwise the beginning. */
  from?: StartFrom;
  /** For single partitions in place of `from`; the last one of a partition counts. */
  offsets?: readonly ConsumerOffset[];
  /** A consumer group. Reading does not commit for it; `topic.commit` does. */
  group?: string;
  /** Default: all of them. */
  partition?: number;
  /**
   * Ends the subscription when it has given all there is and nothing came for so long, in ms; 0: as soon as it has
   * given all there is. Reading that takes long is not idleness. Default: it never ends by itself.
   */
  idleTimeout?: number;
  /** Its abort rejects the pending and every later `next` with LITHIFY_ABORTED. */
  signal?: AbortSignal;
}

/** Where one partition's reading starts, in the terms of its reader. */
export type Start = 'end' | { readonly offset: Offset } | { readonly time: number };

interface Partition {
  readonly topic: string;
  readonly partition: number;
}

export interface SubscriptionPlan<S extends Partition> {
  readonly starts: readonly { readonly source: S; readonly start: Start }[];
  readonly idleTimeout: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** How far a group has consumed a partition; undefined: it has committed nothing. */
export type CommittedOffset = (group: string, topic: string, partition: number) => Offset | undefined;

const KNOWN = ['from', 'offsets', 'group', 'partition', 'idleTimeout', 'signal'];

/** The partitions that are read, each once, and from where; LITHIFY_INVALID_ARGUMENT naming the option that is not sound. */
export function planSubscription<S extends Partition>(
  sources: readonly S[],
  given: SubscribeOptions,
  committed: CommittedOffset,
): SubscriptionPlan<S> {
  if (typeof given !== 'object' || given === null) throw invalid('options', given, 'an object');
  refuseUnknown('', given, KNOWN);
  const chosen = choose(sources, given.partition);
  const { group } = given;
  if (group !== undefined && (typeof group !== 'string' || group === '')) throw invalid('group', group, 'a name');
  const from = given.from === undefined ? undefined : startOf(given.from);
  const offsets = offsetsOf(given.offsets, chosen);
  const ofGroup = ({ topic, partition }: S) => (group === undefined ? undefined : after(committed(group, topic, partition)));
  return {
    starts: chosen.map((source) => ({ source, start: after(offsets.get(nameOf(source))) ?? from ?? ofGroup(source) ?? { offset: 0 } })),
    idleTimeout: idleTimeoutOf(given.idleTimeout),
    signal: signalOf(given.signal),
  };
}

function nameOf({ topic, partition }: Partition): string {
  return `${partition}/${topic}`;
}

function after(offset: Offset | undefined): Start | undefined {
  return offset === undefined ? undefined : { offset: offset + 1 };
}

function choose<S extends Partition>(sources: readonly S[], partition: number | undefined): S[] {
  const distinct = [...new Map(sources.map((source) => [nameOf(source), source])).values()];
  if (partition === undefined) return distinct;
  const chosen = distinct.filter((source) => source.partition === partition);
  if (chosen.length === 0) throw invalid('partition', partition, `one of ${[...new Set(distinct.map((one) => one.partition))].join(', ')}`);
  return chosen;
}

function startOf(from: StartFrom): Start {
  if (from === 'beginning') return { offset: 0 };
  if (from === 'end') return 'end';
  if (typeof from === 'object' && from !== null) {
    const names = Object.keys(from);
    if (names.length === 1) {
      if ('offset' in from) return { offset: offsetOf('from.offset', from.offset) };
      if ('after' in from) return { offset: offsetOf('from.after', from.after) + 1 };
      if ('time' in from) return { time: timeOf(from.time) };
    }
  }
  throw invalid('from', from, "'beginning', 'end', { offset }, { after } or { time }");
}

/** One below the greatest safe number at most, so that the offset behind it is a number too. */
function offsetOf(name: string, offset: unknown): Offset {
  if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0 && offset < Number.MAX_SAFE_INTEGER) return offset;
  throw invalid(name, offset, 'a whole number from 0');
}

function timeOf(time: number | { getTime(): number }): number {
  const ms = typeof time === 'object' && time !== null && typeof time.getTime === 'function' ? time.getTime() : time;
  if (typeof ms !== 'number' || !Number.isFinite(ms)) throw invalid('from.time', time, 'a Date, or milliseconds since 1970');
  return ms;
}

function offsetsOf(given: readonly ConsumerOffset[] | undefined, sources: readonly Partition[]): ReadonlyMap<string, Offset> {
  const offsets = new Map<string, Offset>();
  if (given === undefined) return offsets;
  if (!Array.isArray(given)) throw invalid('offsets', given, 'an array of { topic, partition, offset }');
  for (const [at, one] of given.entries()) addOffset(offsets, `offsets[${at}]`, one, sources);
  return offsets;
}

function addOffset(offsets: Map<string, Offset>, name: string, one: ConsumerOffset, sources: readonly Partition[]): void {
  if (typeof one !== 'object' || one === null) throw invalid(name, one, '{ topic, partition, offset }');
  refuseUnknown(`${name}.`, one, ['topic', 'partition', 'offset']);
  const topics = new Set(sources.map(({ topic }) => topic));
  const [only] = topics.size === 1 ? topics : [];
  const topic = one.topic ?? only;
  if (topic === undefined) throw invalid(`${name}.topic`, one.topic, `one of ${[...topics].join(', ')}`);
  if (!sources.some((source) => source.topic === topic && source.partition === one.partition)) {
    throw invalid(name, `${topic}, partition ${String(one.partition)}`, 'a partition that is subscribed');
  }
  offsets.set(nameOf({ topic, partition: one.partition }), offsetOf(`${name}.offset`, one.offset));
}

function idleTimeoutOf(ms: number | undefined): number | undefined {
  if (ms === undefined || (typeof ms === 'number' && Number.isFinite(ms) && ms >= 0)) return ms;
  throw invalid('idleTimeout', ms, 'a number of milliseconds from 0');
}

function signalOf(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  if (typeof signal === 'object' && signal !== null && typeof signal.addEventListener === 'function') return signal;
  throw invalid('signal', signal, 'an AbortSignal');
}

function refuseUnknown(prefix: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const name = `${prefix}${unknown}`;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `Unknown option '${name}'; known are ${known.join(', ')}.`, {
    details: { option: name },
  });
}

function invalid(option: string, value: unknown, wanted: string): LithifyError {
  const found = typeof value === 'object' && value !== null ? (JSON.stringify(value) ?? 'an object') : String(value);
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `Option ${option} is ${found}; it must be ${wanted}.`, { details: { option } });
}
