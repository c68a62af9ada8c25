import { faultIn } from '../../spec/repair/support/written.ts';
import type { Damage } from './level-files-plan.ts';
import { isRefusal, type Outcome, type Reading, type Refusal } from './level-files-probe.ts';
import type { Truth } from './level-files-store.ts';

/** What was seen of a damaged store: `aborted` and `hung` are what the process did instead of answering. */
export type Seen = Outcome | { readonly kind: 'aborted'; readonly signal: string } | { readonly kind: 'hung' };

/** How it ended: everything is there, somebody was told, or only what a torn tail of the log explains is missing. */
export type Verdict = 'harmless' | 'reported' | 'torn tail' | 'aborted' | 'saved';

/** An error that helps: ours, with a code, and it says what to do. */
const ADVICE = /\b(verify|repair|restore)\b/i;

export class NotHeld extends Error {
  override readonly name = 'NotHeld';
}

/** Throws NotHeld where opening and reading a damaged store did what it must not. */
export function judgeOpening(truth: Truth, damage: Damage, seen: Seen): Verdict {
  if (seen.kind === 'hung') throw new NotHeld('opening or reading hangs');
  if (seen.kind === 'aborted') return 'aborted';
  if (seen.kind === 'refused') {
    expectHelp(seen.refusal);
    return 'reported';
  }
  if (seen.kind !== 'read') throw new NotHeld(`opening ended as ${seen.kind}`);
  return judgeReading(truth, damage, seen.reading);
}

function expectHelp({ code, message }: Refusal): void {
  if (!code?.startsWith('LITHIFY_')) throw new NotHeld(`an error without a code of ours: ${code} ${message}`);
  if (code === 'LITHIFY_INTERNAL') throw new NotHeld(`damage is taken for a defect: ${message}`);
  if (!ADVICE.test(message)) throw new NotHeld(`${code} does not say what to do: ${message}`);
}

function judgeReading(truth: Truth, damage: Damage, reading: Reading): Verdict {
  const { gets, refusals, verified } = reading;
  const refused = [...[...gets.values()].filter(isRefusal), ...refusals];
  for (const refusal of refused) expectHelp(refusal);
  if (isRefusal(verified)) expectHelp(verified);
  const isFound = isRefusal(verified) || verified.length > 0;
  if (refused.length > 0 && !isFound) throw new NotHeld(`verify finds nothing, and a read says ${refused[0]?.message}`);
  const missing = missingIn(truth, reading, refusals.length > 0);
  if (missing.size === 0) return isFound ? 'reported' : 'harmless';
  if (!isTornTail(truth, damage, missing))
    throw new NotHeld(`missing or wrong, and nobody said so: ${[...missing].slice(0, 4).join('; ')}`);
  return 'torn tail';
}

/** What was read and is not the truth; what nobody could read is none of it. */
function missingIn({ written }: Truth, { gets, scan, records }: Reading, isCutShort: boolean): Set<string> {
  const missing = new Set<string>();
  const current = written.current;
  for (const [key, value] of gets) if (!isRefusal(value) && value !== current.get(key)) missing.add(key);
  for (const [key, value] of scan) if (value !== current.get(key)) missing.add(key);
  const expected = [...current.keys()].sort().slice(0, isCutShort ? scan.length : undefined);
  const scanned = new Set(scan.map(([key]) => key));
  for (const key of expected) if (!scanned.has(key)) missing.add(key);
  for (const [place, values] of records)
    for (const [offset, value] of values) if (written.records.get(place)?.get(offset) !== value) missing.add(`${place} ${offset}`);
  for (const [place, values] of isCutShort ? [] : written.records)
    for (const offset of values.keys()) if (!records.get(place)?.has(offset)) missing.add(`${place} ${offset}`);
  return missing;
}

/** Promise 6 excepts damage that looks exactly as if the process had died while it wrote: the last writes of the log are missing. */
function isTornTail({ tail }: Truth, { file }: Damage, missing: ReadonlySet<string>): boolean {
  if (!file.endsWith('.wal')) return false;
  const names = tail.map((one) => ('key' in one ? one.key : `${one.place} ${one.offset}`));
  return names.slice(-missing.size).every((name) => missing.has(name)) && missing.size <= names.length;
}

/** Throws NotHeld where a repair invented something, or did not say what it lost. */
export function judgeRepair({ written }: Truth, damage: Damage, seen: Seen): Verdict {
  if (seen.kind === 'hung' || seen.kind === 'aborted')
    throw new NotHeld(`repairing ${seen.kind === 'hung' ? 'hangs' : `ends with ${seen.signal}`}`);
  if (seen.kind === 'refused') {
    if (seen.refusal.code === 'LITHIFY_CORRUPTION' && seen.refusal.message.includes('FORMAT')) return 'reported';
    throw new NotHeld(`repair refuses: ${seen.refusal.code} ${seen.refusal.message}`);
  }
  if (seen.kind !== 'repaired') throw new NotHeld(`repairing ended as ${seen.kind}`);
  if (seen.damage > 0) throw new NotHeld('what was repaired does not verify');
  const fault = faultIn(written, seen.found, seen.report);
  if (fault !== undefined && (fault.includes('never written') || !isOfTheLog(damage, seen))) throw new NotHeld(`repair: ${fault}`);
  return 'saved';
}

/** The end of the log is taken for torn here as well: what stood there is missing without a word. */
function isOfTheLog({ file }: Damage, { report }: Extract<Seen, { kind: 'repaired' }>): boolean {
  return file.endsWith('.wal') && report.lost.every(({ what }) => what === 'writes');
}

/** How much a repair saved: opening a store, in vain, must not make it less. */
export function savedBy(seen: Seen): number {
  if (seen.kind !== 'repaired') return 0;
  return [...seen.found.records.values()].reduce((sum, records) => sum + records.size, seen.found.keys.size);
}
