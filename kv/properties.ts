import type { Core } from '../actors/core.ts';
import type { TableMeta } from '../storage/sst/table.ts';

const MiB = 1024 * 1024;
const PREFIX = 'leveldb.';
const FILES_AT = 'num-files-at-level';

/** One of LevelDB's properties, told of this store. Its level 0, whose files overlap, is our flushed memtables. */
export function propertyOf(core: Core, name: string): string {
  if (!name.startsWith(PREFIX)) return '';
  const property = name.slice(PREFIX.length);
  const { minors, levels } = core.tablet.state.version;
  const runs = [minors, ...levels];
  if (property.startsWith(FILES_AT)) return filesAt(runs, property.slice(FILES_AT.length));
  if (property === 'stats') return statsOf(runs);
  if (property === 'sstables') return runs.map(listing).join('');
  if (property === 'approximate-memory-usage') return String(core.memtables.bytes + core.cache.bytes);
  return '';
}

type Run = readonly TableMeta[];

function filesAt(runs: readonly Run[], level: string): string {
  if (!/^\d{1,3}$/.test(level)) return '';
  const run = runs[Number(level)];
  return run === undefined ? '' : String(run.length);
}

/** LevelDB's table, with what a level holds in place of times. */
function statsOf(runs: readonly Run[]): string {
  const rows = runs.flatMap((run, level) => (run.length === 0 ? [] : [row([level, run.length, megabytes(run), ...counts(run)])]));
  return [`${' '.repeat(31)}Tables`, row(['Level', 'Files', 'Size(MB)', 'Entries', 'Deletes']), '-'.repeat(50), ...rows, ''].join('\n');
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, at) => String(cell).padStart(at < 2 ? 5 : 11)).join(' ');
}

function megabytes(run: Run): number {
  return Math.round(run.reduce((sum, { bytes }) => sum + bytes, 0) / MiB);
}

function counts(run: Run): number[] {
  return [run.reduce((sum, { entries }) => sum + entries, 0), run.reduce((sum, { tombstones }) => sum + tombstones, 0)];
}

function listing(run: Run, level: number): string {
  return [
    `--- level ${level} ---\n`,
    ...run.map(({ id, bytes, minKey, maxKey }) => ` ${id}:${bytes}[${quoted(minKey)} .. ${quoted(maxKey)}]\n`),
  ].join('');
}

/** Bytes that are not plain ASCII as LevelDB writes them. */
function quoted(key: Uint8Array): string {
  const text = Array.from(key, (byte) =>
    byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `'${text.join('')}'`;
}
