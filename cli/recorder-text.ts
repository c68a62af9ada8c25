import type { RecorderDump, RecorderEntry } from '../index.ts';
import { countText, plural, table, visibleText } from './format.ts';

/** Names and types that are longer stand out of their column. */
const WIDEST = 44;
const DETAILS = 120;

/** Whose dump it is, why and when it was made, and what is in it. */
export function headText(dump: RecorderDump): string {
  const { location, error, reason, entries, dropped } = dump;
  const rows: [string, string][] = [
    ['store', location],
    ['written', `${timeText(dump.wallMs)}: ${reason}`],
    ...(error === undefined ? [] : [['error', `${error.code}: ${error.message}`] satisfies [string, string]]),
    ['entries', `${countText(entries.length)} (${kindsText(entries)}); ${plural(dropped, 'entry', 'entries')} before them were dropped`],
    ['columns', 'number, ms since the engine began to open, cause, actor ← sender, type, details'],
  ];
  return `${table(rows.map(([name, value]) => [name, visibleText(value)]))}\n`;
}

/** One line an entry, in columns. */
export function* entryLines(entries: readonly RecorderEntry[]): Generator<string> {
  const rows = entries.map(cellsOf);
  const widths = [0, 1, 2, 3, 4].map((column) => rows.reduce((widest, cells) => wider(widest, cells[column].length), 0));
  for (const cells of rows) {
    const padded = cells.map((cell, column) => (column < 2 ? cell.padStart(widths[column]) : cell.padEnd(widths[column] ?? 0)));
    yield padded.join('  ').trimEnd();
  }
}

function wider(widest: number, width: number): number {
  return Math.max(widest, Math.min(width, WIDEST));
}

function cellsOf(entry: RecorderEntry): string[] {
  const { n, atMs, cause, actor, from, type } = entry;
  const who = from === undefined ? actor : `${actor} ← ${from}`;
  const cells = [String(n), `+${atMs.toFixed(1)}`, cause === undefined ? '' : `↳${cause}`, who, type, restText(entry)];
  return cells.map(visibleText);
}

function restText({ envelope, ms, details = {} }: RecorderEntry): string {
  const parts = [
    ...(envelope === undefined ? [] : [envelope]),
    ...(ms === undefined ? [] : [`${ms.toFixed(1)} ms`]),
    ...Object.entries(details).filter(isNews).map(detailText),
  ];
  const text = parts.join(' ');
  return text.length <= DETAILS ? text : `${text.slice(0, DETAILS - 1)}…`;
}

/** A transition's states are its type, and its chart is its actor's. */
function isNews([name]: [string, unknown]): boolean {
  return !['from', 'to', 'machine', 'actorId'].includes(name);
}

function detailText([name, value]: [string, unknown]): string {
  return `${name}=${typeof value === 'string' && /^[\w./:+-]+$/.test(value) ? value : JSON.stringify(value)}`;
}

function kindsText(entries: readonly RecorderEntry[]): string {
  const kinds: Record<string, number> = {};
  for (const { kind } of entries) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const counted = Object.entries(kinds).map(([kind, count]) => plural(count, kind));
  return counted.join(', ') || 'none';
}

function timeText(wallMs: number): string {
  const time = new Date(wallMs);
  return Number.isNaN(time.getTime()) ? `at ${wallMs} ms` : time.toISOString().replace('T', ' ').replace('Z', ' UTC');
}
