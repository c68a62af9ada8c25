import { messageOf } from '../../../protocol/errors.ts';
import type { Checksum } from '../../jobs/job.ts';
import { decodeEdit } from '../../tablet/manifest-codec.ts';
import type { ManifestEntry } from '../../tablet/manifest-entry.ts';
import { replay } from '../../tablet/manifest-replay.ts';
import type { LevelScan } from '../leveldb/scan.ts';
import { Knowledge } from './knowledge.ts';
import type { StoredEntries } from './stored-entries.ts';

export interface SalvagedManifest {
  readonly known: Knowledge;
  /** Why something may be missing from what is known; nothing: all of it is there for certain. */
  readonly problems: readonly string[];
}

/**
 * As much of the manifest as can be read. Only where LevelDB's files are all there and sound, and the entries are an unbroken
 * chain up to the head, is nothing missing: a lost file can take the newest entries with it and leave an older, whole chain.
 */
export function salvageManifest(stored: StoredEntries, scan: LevelScan, checksum: Checksum): SalvagedManifest {
  const problems = [...scan.damage.map((one) => `manifest/${one}`)];
  if (scan.isWhole === false) problems.push('Files of the LevelDB in manifest/ are missing');
  if (scan.isWhole === undefined && !stored.isEmpty)
    problems.push('What files the LevelDB in manifest/ had is not known: its MANIFEST is damaged');
  const { known, faults } = strictly(stored, checksum) ?? leniently(stored);
  return { known, problems: [...problems, ...faults] };
}

interface Reading {
  readonly known: Knowledge;
  readonly faults: readonly string[];
}

/** As an open reads it. Entries before the newest snapshot may be there again: LevelDB had not deleted their file yet. */
function strictly(stored: StoredEntries, checksum: Checksum): Reading | undefined {
  const { head, entries } = stored;
  const base = entries.findLast(({ type, number }) => type === 'snapshot' && number <= (head?.number ?? 0));
  if (head === undefined || base === undefined) return undefined;
  try {
    const { state } = replay(stored.puts(base.number, Number.MAX_SAFE_INTEGER), checksum);
    return { known: Knowledge.of(state), faults: [] };
  } catch {
    return undefined;
  }
}

/** From the newest snapshot on, or from the first entry if there is none, every entry that can be read. */
function leniently(stored: StoredEntries): Reading {
  const { head, entries } = stored;
  const faults: string[] = [];
  const known = new Knowledge();
  const base = entries.findLastIndex(({ type }) => type === 'snapshot');
  if (base < 0) faults.push(entries.length === 0 ? 'There is no manifest' : 'The manifest has lost its last whole state');
  let last: (ManifestEntry & { readonly checksum: number }) | undefined;
  for (const entry of entries.slice(Math.max(0, base))) {
    if (last !== undefined && entry.number > last.number + 1) faults.push(lostText(last.number + 1, entry.number - 1));
    else if (last !== undefined && entry.previous !== last.checksum)
      faults.push(`Entry ${entry.number} of the manifest does not continue the one before`);
    const fault = applied(known, entry);
    if (fault !== undefined) faults.push(fault);
    last = entry;
  }
  if (head === undefined && entries.length > 0) faults.push('The head of the manifest is lost: there may have been newer entries');
  if (head !== undefined && last !== undefined && head.number > last.number) faults.push(lostText(last.number + 1, head.number));
  if (faults.length === 0) faults.push('The manifest does not agree with itself');
  return { known, faults };
}

function applied(known: Knowledge, { number, payload }: ManifestEntry): string | undefined {
  try {
    known.apply(decodeEdit(payload));
    return undefined;
  } catch (error) {
    return `Entry ${number} of the manifest cannot be read: ${messageOf(error)}`;
  }
}

function lostText(first: number, last: number): string {
  return first === last ? `Entry ${first} of the manifest is lost` : `Entries ${first} to ${last} of the manifest are lost`;
}
