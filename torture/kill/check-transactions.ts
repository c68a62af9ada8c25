import type { FoundRecord, Place } from './content.ts';
import { BrokenPromise, type Chapter, type Issued, issued } from './history.ts';
import type { Operation } from './operations.ts';

type Transaction = Extract<Operation, { kind: 'transaction' }>;

interface Expected extends Issued<Transaction> {
  readonly must: boolean;
  readonly may: boolean;
  /** Sessions follow one another: what was issued in a later one is later than all of an earlier one. */
  readonly session: number;
}

type Records = ReadonlyMap<Place, readonly FoundRecord[]>;

/**
 * A write over keys and topics is there as a whole or not at all, its records at the offsets that were promised, and never
 * before one that had been acknowledged when it was issued. Returns which are there.
 */
export function checkTransactions(chapters: readonly Chapter[], keys: ReadonlyMap<string, string>, records: Records): Set<number> {
  const all = new Map(chapters.flatMap((chapter, session) => transactionsOf(chapter, session)).map((one) => [one.n, one]));
  const there = new Set<number>();
  const pieces = piecesIn(keys, records);
  for (const [n, found] of pieces) {
    const expected = all.get(n);
    if (expected === undefined || !expected.may) throw new BrokenPromise(`${[...found].join(', ')}: no transaction that may be there`);
    checkWhole(expected, found);
    there.add(n);
  }
  for (const { n, must } of all.values()) if (must && !there.has(n)) throw new BrokenPromise(`transaction ${n} is missing`);
  for (const place of ['mixed/0', 'mixed/1'] as const) checkOrder(place, records.get(place) ?? [], all);
  return there;
}

function transactionsOf(chapter: Chapter, session: number): Expected[] {
  const { survivors } = chapter;
  return issued(chapter, (operation): operation is Transaction => operation.kind === 'transaction').map((one) => ({
    ...{ ...one, session },
    must: one.acknowledged !== undefined || survivors?.transactions.has(one.n) === true,
    may: survivors === undefined || survivors.transactions.has(one.n),
  }));
}

/** What is there, by transaction, each piece as text. */
function piecesIn(keys: ReadonlyMap<string, string>, records: Records): Map<number, Set<string>> {
  const pieces = new Map<number, Set<string>>();
  const add = (n: number, piece: string) => {
    const found = pieces.get(n) ?? new Set();
    if (found.has(piece)) throw new BrokenPromise(`${piece} is there twice`);
    pieces.set(n, found.add(piece));
  };
  for (const [key, value] of keys) add(Number(key.slice(1, key.indexOf('/'))), `${key}=${value}`);
  for (const partition of [0, 1] as const)
    for (const { key, value } of records.get(`mixed/${partition}`) ?? []) add(Number.parseInt(value, 10), `${partition}: ${key} ${value}`);
  return pieces;
}

function checkWhole({ n, operation }: Expected, found: ReadonlySet<string>): void {
  const { puts, records } = operation;
  const whole = [...puts.map(([key, value]) => `${key}=${value}`), ...records.map((one) => `${one.partition}: ${one.key} ${one.value}`)];
  const missing = whole.filter((piece) => !found.has(piece));
  if (missing.length === 0 && found.size === whole.length) return;
  throw new BrokenPromise(`transaction ${n} is there in part: ${[...found].map(brief)}; it lacks ${missing.map(brief)}`);
}

function brief(text: string): string {
  return text.slice(0, 30);
}

function checkOrder(place: Place, found: readonly FoundRecord[], all: ReadonlyMap<number, Expected>): void {
  const partition = Number(place.slice(-1));
  const late = { session: Number.POSITIVE_INFINITY, acknowledgedAt: Number.POSITIVE_INFINITY, n: 0 };
  for (const [i, { offset, value }] of [...found.entries()].reverse()) {
    const n = Number.parseInt(value, 10);
    const one = all.get(n);
    if (one === undefined) continue;
    const promised = one.acknowledged?.offsets[partition];
    if (offset !== i || (promised !== undefined && promised !== offset))
      throw new BrokenPromise(`${place} has transaction ${n} at ${offset}; it is record ${i}, and ${promised} was promised`);
    if (one.session > late.session || (one.session === late.session && one.issuedAt > late.acknowledgedAt))
      throw new BrokenPromise(`${place} has transaction ${n} at ${offset}, before ${late.n}, which was acknowledged when it was issued`);
    const at = one.acknowledged?.at ?? Number.POSITIVE_INFINITY;
    if (one.session < late.session || at < late.acknowledgedAt) Object.assign(late, { session: one.session, acknowledgedAt: at, n });
  }
}
