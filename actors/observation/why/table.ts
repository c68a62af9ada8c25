import type { Reason } from '../../../protocol/why.ts';
import type { TableFacts } from './blob-facts.ts';
import { reason } from './explanation.ts';
import { holdReason } from './holds.ts';
import { orderRuns } from './orders.ts';
import { bytesText, countText, keyText, plainKey, timeText } from './words.ts';

/** A table of the newest version, and what of it is dead and why that stays. Pure. */
export function tableReason(id: number, table: TableFacts): Reason {
  const { place, entries, bytes, minKey, maxKey } = table;
  const where = place === 'minor' ? 'a minor table, written out of memory and not merged yet' : `a live table of level ${place}`;
  const sentence = `Blob ${id} is ${where}, ${countText(entries, 'entry', 'entries')} from ${keyText(minKey)} to ${keyText(maxKey)}, ${bytesText(bytes)}${originText(table)}`;
  return reason(place === 'minor' ? 'live-in-minors' : 'live-in-level', sentence, detailsOf(table), { because: deadParts(table) });
}

function detailsOf({ place, entries, bytes, tombstones, shadowed, minKey, maxKey, origin }: TableFacts): Reason['details'] {
  const keys = { minKey: plainKey(minKey), maxKey: plainKey(maxKey) };
  const made = origin && { by: origin.by, version: origin.version, ageMs: origin.ageMs };
  return { ...(place !== 'minor' && { level: place }), entries, bytes, tombstones, shadowed, ...keys, ...made };
}

function originText({ origin }: TableFacts): string {
  if (origin === undefined) return ', there since the store was opened';
  const { by, version, ageMs } = origin;
  const maker = MAKERS[by] ?? `a ${by} compaction`;
  return `, from ${maker} ${timeText(ageMs)} ago (version ${version})`;
}

const MAKERS: Readonly<Record<string, string>> = {
  flush: 'a flush',
  ingest: 'a bulk load',
  reopening: 'a commit that came to light when LevelDB was opened again',
};

function deadParts(table: TableFacts): Reason[] {
  const { order } = table;
  return [...(order ? [orderRuns(order)] : []), ...heldVersions(table), ...rangeDeleted(table), ...tombstones(table), ...leftOver(table)];
}

/** Old versions that somebody sees; what is kept for nobody is `leftOver`. */
function heldVersions({ holds, shadowed, shadowedBytes }: TableFacts): Reason[] {
  if (shadowed === 0) return [];
  const which = shadowed === 1 ? 'the old version' : `among the ${countText(shadowed, 'old version')}`;
  const what = `reads ${which} in it, ${bytesText(shadowedBytes)}`;
  return holds.map((hold) => holdReason(hold, what, { shadowed, shadowedBytes }));
}

function rangeDeleted({ deletedShare, freeableShare, deletedHolds, bytes }: TableFacts): Reason[] {
  if (deletedShare === 0) return [];
  const held = deletedShare - freeableShare;
  const because = held > 0 ? deletedHolds.map((hold) => holdReason(hold, 'reads what was deleted by range')) : [];
  const rest = because.length > 0 ? ' and stays in it' : '; a store at rest rewrites a table from about a half on';
  const sentence = `About ${percent(deletedShare)} of it (${bytesText(deletedShare * bytes)}) is deleted by range${rest}`;
  return [
    reason('deleted-by-range', sentence, { deletedShare, freeableShare }, { because, ...(because.length === 0 && { remedy: MAJOR }) }),
  ];
}

function tombstones({ tombstones: count, hasOlder, place }: TableFacts): Reason[] {
  if (count === 0 || (!hasOlder && place !== 'minor')) return [];
  const one = count === 1;
  const hiding = one
    ? 'hides older data deeper down, and stays until it has sunk to it'
    : 'hide older data deeper down, and stay until they have sunk to it';
  const why = hasOlder ? hiding : `${one ? 'stays' : 'stay'} until the table is merged into the levels`;
  return [reason('tombstones-hide-older', `Its ${countText(count, 'tombstone')} ${why}`, { tombstones: count }, { remedy: MAJOR })];
}

/** Dead, held by nobody, and not worth the rewriting yet. */
function leftOver({ obsolete, entries, holds, place, hasOlder, shadowed }: TableFacts): Reason[] {
  const dead = hasOlder || place === 'minor' ? shadowed : obsolete;
  if (dead === 0 || holds.length > 0) return [];
  const isMost = 2 * dead >= entries;
  const why = isMost ? 'it is rewritten when a compaction comes to it' : 'fewer than half, which would be worth rewriting it';
  const sentence = `${countText(dead, 'entry', 'entries')} of its ${countText(entries, 'entry', 'entries')} ${dead === 1 ? 'is' : 'are'} obsolete: ${why}`;
  return [reason('obsolete-too-few', sentence, { obsolete: dead, entries }, { remedy: MAJOR })];
}

const MAJOR = 'A MajorCompaction over its keys drops what nobody sees.';

function percent(share: number): string {
  return `${Math.max(1, Math.round(share * 100))} %`;
}
