import type { FoundRecord } from './content.ts';
import { BrokenPromise, type Chapter, type IssuedRecord, issued, issuedRecords, nameOf, promisedOffset } from './history.ts';
import type { Operation } from './operations.ts';

/**
 * `solo`: records are produced in the order of the calls and nothing of them goes, so each session left a prefix of its records
 * with all acknowledged ones in it, and offsets have no gaps. Returns how long the prefixes are.
 */
export function checkSolo(chapters: readonly Chapter[], found: readonly FoundRecord[]): number[] {
  let at = 0;
  const lengths = chapters.map((chapter) => {
    const records = issuedRecords(chapter, 'solo');
    const least = chapter.survivors?.solo ?? records.findLastIndex((one) => promisedOffset(one) !== undefined) + 1;
    const most = chapter.survivors?.solo ?? records.length;
    let length = 0;
    while (length < most && isRecord(found[at], records[length], at)) [length, at] = [length + 1, at + 1];
    if (length < least) throw new BrokenPromise(`solo has ${said(found[at])} as record ${at}; it should be ${wanted(records[length], at)}`);
    return length;
  });
  if (at < found.length) throw new BrokenPromise(`solo has ${said(found[at])} as record ${at}, behind the last one that may be there`);
  return lengths;
}

function isRecord(found: FoundRecord | undefined, expected: IssuedRecord | undefined, at: number): boolean {
  if (found === undefined || expected === undefined || found.offset !== at) return false;
  const promised = promisedOffset(expected) ?? at;
  return promised === at && found.key === expected.record.key && found.value === expected.record.value;
}

function said(found: FoundRecord | undefined): string {
  return found === undefined ? 'nothing' : `${JSON.stringify(found.value.slice(0, 20))} at ${found.offset}`;
}

function wanted(expected: IssuedRecord | undefined, at: number): string {
  return `${JSON.stringify(expected?.record.value.slice(0, 20))} at ${(expected && promisedOffset(expected)) ?? at}`;
}

/**
 * `folded`: the newest record of every key stays. Found are only records that may be there, in the order of the calls, each at
 * the offset that was promised, and of every key the newest acknowledged one or a later one. Returns what is there, by session.
 */
export function checkFolded(chapters: readonly Chapter[], found: readonly FoundRecord[]): Set<string>[] {
  const all = chapters.flatMap((chapter, session) => issuedRecords(chapter, 'folded').map((one) => ({ ...one, session })));
  const byName = new Map(all.map((one, order) => [nameOf(one), { ...one, order }]));
  const there = chapters.map(() => new Set<string>());
  let before: FoundRecord | undefined;
  let last = -1;
  for (const record of found) {
    const expected = byName.get(record.value.slice(0, record.value.indexOf(' ')));
    if (
      expected === undefined ||
      expected.record.value !== record.value ||
      expected.record.key !== record.key ||
      !mayBe(chapters, expected)
    )
      throw new BrokenPromise(`folded has ${said(record)}, which may not be there`);
    const promised = promisedOffset(expected) ?? record.offset;
    if (promised !== record.offset || record.offset <= (before?.offset ?? -1) || expected.order <= last)
      throw new BrokenPromise(`folded has ${said(record)} behind ${said(before)}; promised was ${promised}`);
    [before, last] = [record, expected.order];
    there[expected.session]?.add(nameOf(expected));
  }
  checkNewest(chapters, all, there);
  return there;
}

type OfSession = IssuedRecord & { readonly session: number };

function mayBe(chapters: readonly Chapter[], one: OfSession): boolean {
  const survivors = chapters[one.session]?.survivors;
  if (survivors === undefined || promisedOffset(one) !== undefined) return true;
  return survivors.folded.has(nameOf(one)) || survivors.inDoubt?.folded.has(nameOf(one)) === true;
}

function checkNewest(chapters: readonly Chapter[], all: readonly OfSession[], there: readonly ReadonlySet<string>[]): void {
  const lacking = new Map<bigint, OfSession>();
  for (const one of all) {
    const isThere = there[one.session]?.has(nameOf(one)) === true;
    const must = promisedOffset(one) !== undefined || chapters[one.session]?.survivors?.folded.has(nameOf(one)) === true;
    if (isThere) lacking.delete(one.record.key);
    else if (must) lacking.set(one.record.key, one);
  }
  const [first] = lacking.values();
  if (first !== undefined) throw new BrokenPromise(`folded has lost ${nameOf(first)}, the newest of key ${first.record.key}`);
}

/** Offsets are never given twice: what comes next is above everything that was ever promised. */
export function checkNext(chapters: readonly Chapter[], topic: 'solo' | 'folded' | 'mixed', next: readonly number[]): void {
  for (const chapter of chapters)
    for (const one of issuedRecords(chapter, topic)) {
      const promised = promisedOffset(one) ?? -1;
      const given = next[one.record.partition] ?? 0;
      if (promised >= given) throw new BrokenPromise(`${topic} would give offset ${given} again; ${promised} was promised`);
    }
}

/** The group is where it said last, or, while a commit was under way, further on. */
export function checkCommitted(chapters: readonly Chapter[], committed: number | undefined, next: number): void {
  const isCommit = (operation: Operation): operation is Operation => operation.kind === 'commit';
  const all = chapters.flatMap((chapter) => issued(chapter, isCommit));
  const last = all.findLastIndex(({ acknowledged }) => (acknowledged?.offsets.length ?? 0) > 0);
  const promised = all[last]?.acknowledged?.offsets[0] ?? -1;
  const isOpen = all.some(({ acknowledged }, i) => i > last && acknowledged === undefined);
  const found = committed ?? -1;
  if (found === promised || (isOpen && found > promised && found < next)) return;
  throw new BrokenPromise(`the group has consumed ${found}; it said ${promised}`);
}
