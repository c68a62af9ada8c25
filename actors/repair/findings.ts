import type { LostManifest, LostWrites } from '../../protocol/repair.ts';
import type { Runtime } from '../../protocol/runtime.ts';
import { BlobIndex } from '../../storage/salvage/blob-index.ts';
import { type FoundBlobs, findBlobs } from '../../storage/salvage/find-blobs.ts';
import { scanLevelFiles } from '../../storage/salvage/leveldb/scan.ts';
import type { FoundPart } from '../../storage/salvage/logs/find-parts.ts';
import type { Knowledge } from '../../storage/salvage/manifest/knowledge.ts';
import { salvageManifest } from '../../storage/salvage/manifest/salvage-manifest.ts';
import { StoredEntries } from '../../storage/salvage/manifest/stored-entries.ts';
import { SalvageBlocks } from '../../storage/salvage/salvage-blocks.ts';
import type { FoundTable } from '../../storage/salvage/tables/find-tables.ts';
import { salvageWal } from '../../storage/salvage/wal/salvage-wal.ts';
import { isRefused, WalContents } from '../../storage/salvage/wal/wal-contents.ts';
import type { StorePaths } from '../store-files.ts';

/** What is left of a store, as far as it must be known before the first key is written. */
export interface Findings {
  readonly known: Knowledge;
  /** Does the manifest know of everything? */
  readonly isWhole: boolean;
  readonly blocks: SalvageBlocks;
  readonly wal: WalContents;
  readonly isLogWhole: boolean;
  /** Of the largest key with its value, at least. */
  readonly maxBytes: number;
  /** Tables and parts of which the manifest does not speak, but might have. */
  readonly tables: readonly FoundTable[];
  readonly parts: readonly FoundPart[];
  readonly lost: readonly (LostWrites | LostManifest)[];
  readonly warnings: readonly string[];
}

export interface FindingTools extends Pick<Runtime, 'files' | 'checksum' | 'turn'> {
  readonly onRead: (bytes: number) => void;
}

/** Reads the manifest, finds the blobs, reads the log. Damage is a finding, not an error. */
export async function look({ blobs, manifest, wal }: StorePaths, tools: FindingTools): Promise<Findings> {
  const { files, checksum, turn } = tools;
  const stored = new StoredEntries(checksum);
  const manifestScan = await scanLevelFiles(tools, manifest, (entry) => stored.add(entry));
  const { known, problems } = salvageManifest(stored, manifestScan, checksum);
  const index = new BlobIndex(checksum);
  const blobScan = await scanLevelFiles(tools, blobs, (entry, file, place) => index.add(entry, file, place));
  const blocks = new SalvageBlocks(index, files, checksum);
  const log = await readLog({ files, checksum, turn }, wal, known, problems.length === 0);
  const older = problems.length === 0 ? olderThanTheRest(known, index, log) : [];
  const isWhole = problems.length + older.length === 0;
  const unknown = isWhole ? NOTHING_FOUND : await findBlobs(unknownTo(known, index), blocks);
  return {
    ...{ known, isWhole, blocks, tables: unknown.tables, parts: unknown.parts },
    ...{ wal: log.contents, isLogWhole: log.lost.length === 0 },
    maxBytes: Math.max(index.maxBytes, log.contents.maxBytes),
    lost: [...[...problems, ...older].map((reason) => ({ what: 'manifest' as const, reason })), ...log.lost],
    warnings: [...blobScan.damage.map((one) => `blobs/${one}`), ...warningsOf(isWhole, unknown)],
  };
}

const NOTHING_FOUND: FoundBlobs = { tables: [], parts: [], unreadable: [] };

type WalTools = Parameters<typeof salvageWal>[0];

async function readLog(tools: WalTools, directory: string, known: Knowledge, isWhole: boolean) {
  const contents = new WalContents(isWhole ? known.lastSequence : 0);
  const { lost, first } = await salvageWal(tools, directory, known.walFloor, (group) => {
    if (isWhole && isRefused(group, known)) return REFUSED;
    contents.add(group);
    return undefined;
  });
  return { contents, first, lost };
}

const REFUSED = 'the write was refused when it was made, or the manifest has lost its large value';

/**
 * A manifest can be whole and yet older than the rest: its newest entries were in a file that is gone or cut off. Then blobs are
 * missing that later entries had replaced by newer ones, or segments of the log that later entries did not need, or the log
 * speaks of topics that later entries had made.
 */
function olderThanTheRest(known: Knowledge, index: BlobIndex, { first = 0, contents }: Awaited<ReturnType<typeof readLog>>): string[] {
  const { live, gone } = known;
  const newest = [...live, ...gone].reduce((highest, id) => Math.max(highest, id), 0);
  const isReplaced = [...live].some((id) => !index.has(id)) && unknownTo(known, index).some((id) => id > newest && index.sealOf(id));
  const hasNewTopics = [...contents.partitions.values()].some(({ topic }) => topic >= known.nextTopic);
  const signs = [
    ...(isReplaced ? ['it names blobs that are missing, and not those that may have replaced them'] : []),
    ...(first > Math.max(1, known.walFloor) ? ['the log begins behind where it should'] : []),
    ...(hasNewTopics ? ['the log has records of topics that it does not know'] : []),
  ];
  return signs.map((sign) => `The manifest may be older than the rest: ${sign}`);
}

function unknownTo(known: Knowledge, index: BlobIndex): number[] {
  const { live, gone } = known;
  return index.ids.filter((id) => !live.has(id) && !gone.has(id));
}

function warningsOf(isWhole: boolean, { tables, parts, unreadable }: FoundBlobs): string[] {
  const found = tables.length + parts.length;
  const undated = tables.filter(({ isUndated }) => isUndated).length;
  return [
    ...(isWhole
      ? []
      : ['What was deleted may be back: the manifest, which knew what was replaced and which ranges were deleted, is not whole']),
    ...(found > 0 ? [`${found} tables and parts were taken in of which the manifest does not speak`] : []),
    ...(undated > 0 ? [`${undated} of them were ingested; when, only the manifest knew: their keys are listed as stale`] : []),
    ...(unreadable.length > 0 ? [`Nothing can be read of blobs ${unreadable.join(', ')}, of which the manifest does not speak`] : []),
  ];
}
