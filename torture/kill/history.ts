import { type Acknowledged, issuedAt, type Session } from './intent.ts';
import { type Operation, operationAt, type Produced, type TopicName } from './operations.ts';

/**
 * How many of a session's plain writes, the first ones. What comes later can hide whether a write survived: then several numbers
 * leave the same keys, and `exact` is one that goes together with those of the other sessions.
 */
export interface Lengths {
  readonly exact: number;
  readonly least: number;
  readonly most: number;
}

/** What of a session was found after its kill; from then on all of it must be there, and nothing else of that session. */
export interface Survivors {
  readonly plain: Lengths;
  /** How many of the records of `solo`, the first ones. */
  readonly solo: number;
  /** Records of `folded`, as `n.i`; some of them a compaction has dropped since. */
  readonly folded: ReadonlySet<string>;
  readonly transactions: ReadonlySet<number>;
  readonly runs: ReadonlySet<number>;
  /**
   * Nobody saw the store before later records and ingests took the place of these: an older copy may have them or not. Absent:
   * there is no such copy.
   */
  readonly inDoubt?: { readonly folded: ReadonlySet<string>; readonly runs: ReadonlySet<number> };
}

/** The operations that one process issued, and what is known of them. */
export interface Chapter {
  readonly session: Session;
  readonly operations: ReadonlyMap<number, Operation>;
  /** undefined: nobody has looked since the kill, so everything acknowledged must be there and everything issued may be. */
  readonly survivors: Survivors | undefined;
}

/** A sentence about what is in a store and must not be, or is not and must be. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

export function chapterOf(seed: number, session: Session): Chapter {
  const operations = new Map<number, Operation>();
  for (let n = session.before + 1; n <= session.issued; n++) operations.set(n, operationAt(seed, n));
  return { session, operations, survivors: undefined };
}

/** Operations of one kind, ascending, with when each was issued and acknowledged. */
export interface Issued<O> {
  readonly n: number;
  readonly operation: O;
  readonly issuedAt: number;
  readonly acknowledged: Acknowledged | undefined;
}

export function issued<O extends Operation>({ session, operations }: Chapter, is: (operation: Operation) => operation is O): Issued<O>[] {
  const found: Issued<O>[] = [];
  for (const [n, operation] of operations)
    if (is(operation)) found.push({ n, operation, issuedAt: issuedAt(session, n), acknowledged: session.acknowledged.get(n) });
  return found;
}

/** A record that was to be produced, alone or with others of its operation. */
export interface IssuedRecord extends Issued<Operation> {
  readonly record: Produced;
  /** Its place among the records of its operation. */
  readonly index: number;
}

type Producing = Extract<Operation, { kind: 'produce' | 'transaction' }>;

/** Records for one topic, in the order of the calls. */
export function issuedRecords(chapter: Chapter, topic: TopicName): IssuedRecord[] {
  const isProducing = (operation: Operation): operation is Producing => operation.kind === 'produce' || operation.kind === 'transaction';
  return issued(chapter, isProducing).flatMap((one) =>
    one.operation.records.flatMap((record, index) => (record.topic === topic ? [{ ...one, record, index }] : [])),
  );
}

/** The offset that its acknowledgement named; undefined: there was none. */
export function promisedOffset({ acknowledged, index }: IssuedRecord): number | undefined {
  return acknowledged?.offsets[index];
}

/** Nothing but the store itself, and no copy of earlier days, will be compared with these any more. */
export function settled(chapter: Chapter): Chapter {
  const { survivors } = chapter;
  if (survivors === undefined) return chapter;
  const { inDoubt: _, ...certain } = survivors;
  const { exact } = survivors.plain;
  return { ...chapter, survivors: { ...certain, plain: { exact, least: exact, most: exact } } };
}

/** Of a record, among all of its topic. */
export function nameOf({ n, index }: IssuedRecord): string {
  return `${n}.${index}`;
}
