import { messageOf } from '../../../protocol/errors.ts';
import type { Files } from '../../../protocol/runtime.ts';
import { readLeniently } from '../read-file.ts';
import { visitBatch } from './batch.ts';
import { visitBlock } from './block.ts';
import type { BlockPlace, LevelEntry } from './entry.ts';
import { type KnownFiles, knownFiles } from './known-files.ts';
import { readLog } from './log-file.ts';
import { BLOCK_TRAILER_BYTES, findBlocks, openLevelBlock } from './table-file.ts';

export interface ScanTools {
  readonly files: Files;
  /** Called every few milliseconds of work. */
  readonly turn: () => Promise<void>;
  /** So many bytes were read. */
  readonly onRead?: (bytes: number) => void;
}

/** An entry, and where it stands; `place` is absent for those of a log. */
export type VisitFound = (entry: LevelEntry, file: string, place?: BlockPlace) => void;

export interface LevelScan {
  /** A sentence for each file with damage in it. */
  readonly damage: readonly string[];
  /** Tables and logs that were read. */
  readonly files: number;
  /** Every file that LevelDB says it consists of is there; undefined: what it says cannot be read. */
  readonly isWhole: boolean | undefined;
}

const FILE = /^(\d+)\.(ldb|sst|log)$/;
const MANIFEST = /^MANIFEST-\d+$/;

/**
 * Reads a LevelDB that may be damaged, file by file, without LevelDB: it writes where it is opened, does not check what it
 * reads, stops at the first bad place, and ends the process at some. Nothing is changed. Which of several entries with a
 * key counts is for the caller to tell, by their sequences; entries of files that LevelDB had not deleted yet come too.
 */
export async function scanLevelFiles(tools: ScanTools, directory: string, visit: VisitFound): Promise<LevelScan> {
  const names = await namesIn(tools.files, directory);
  const damage: string[] = [];
  const found = new Set<number>();
  for (const name of names) {
    const [, digits, extension] = FILE.exec(name) ?? [];
    if (digits === undefined) continue;
    const problem = await scanFile(tools, `${directory}/${name}`, extension === 'log', visit);
    if (problem !== undefined) damage.push(`${name}: ${problem}`);
    found.add(Number(digits));
  }
  const known = await knownIn(tools, directory, names);
  return { damage, files: found.size, isWhole: known && isWhole(known, found) };
}

async function namesIn(files: Files, directory: string): Promise<string[]> {
  try {
    return await files.list(directory);
  } catch {
    return [];
  }
}

async function scanFile(tools: ScanTools, path: string, isLog: boolean, visit: VisitFound): Promise<string | undefined> {
  try {
    const { bytes, unreadable } = await readLeniently(tools.files, path);
    tools.onRead?.(bytes.length);
    const problem = isLog ? scanLog(bytes, path, visit) : await scanTable(tools, bytes, path, visit);
    return unreadable > 0 ? `${unreadable} pages cannot be read` : problem;
  } catch (error) {
    return messageOf(error);
  }
}

function scanLog(bytes: Uint8Array, path: string, visit: VisitFound): string | undefined {
  let damaged = 0;
  const records = readLog(bytes);
  for (const record of records) {
    const isWhole = visitBatch(record, (entry) => visit(entry, path));
    if (!isWhole || !record.isSound) damaged++;
  }
  return damaged > 0 ? `${damaged} of ${records.length} records are damaged` : undefined;
}

/** So much is looked at without giving the event loop its turn. */
const BYTES_PER_TURN = 512 * 1024;

async function scanTable({ turn }: ScanTools, bytes: Uint8Array, path: string, visit: VisitFound): Promise<string | undefined> {
  const { places, isIndexed } = findBlocks(bytes);
  let damaged = 0;
  let sinceTurn = 0;
  for (const place of places) {
    const opened = openLevelBlock(bytes, place);
    const isSound = opened?.isSound === true && isIndexed;
    const isWhole = opened !== undefined && visitBlock(opened.content, isSound, (entry) => visit(entry, path, place));
    if (isIndexed && !(isWhole && isSound)) damaged++;
    sinceTurn += place.size + BLOCK_TRAILER_BYTES;
    if (sinceTurn < BYTES_PER_TURN) continue;
    sinceTurn = 0;
    await turn();
  }
  if (!isIndexed) return `its index is damaged; ${places.length} blocks were found without it`;
  return damaged > 0 ? `${damaged} of ${places.length} blocks are damaged` : undefined;
}

/** Of several the newest: which one CURRENT names makes no difference, for LevelDB keeps one. */
async function knownIn({ files }: ScanTools, directory: string, names: readonly string[]): Promise<KnownFiles | undefined> {
  const newest = names.filter((name) => MANIFEST.test(name)).at(-1);
  if (newest === undefined) return undefined;
  try {
    return knownFiles(readLog((await readLeniently(files, `${directory}/${newest}`)).bytes));
  } catch {
    return undefined;
  }
}

function isWhole({ tables, log }: KnownFiles, found: ReadonlySet<number>): boolean {
  return found.has(log) && [...tables].every((number) => found.has(number));
}
