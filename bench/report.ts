import type { Line } from './summary.ts';

const COLUMNS = [
  'row',
  'durability',
  'subject',
  'per second',
  'MB/s',
  'lithify is',
  'rounds',
  'CPU',
  'longest delay',
  'peak RSS',
  'on disk',
];

/** The report for people: one line a subject, rows apart from each other. */
export function reportText(lines: readonly Line[], notes: readonly string[]): string {
  const cells = lines.map(cellsOf);
  const widths = COLUMNS.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column].length)));
  const text = (row: readonly string[]) =>
    row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ');
  const body = lines.flatMap((line, at) => [...(at > 0 && isNew(line, lines[at - 1]) ? [''] : []), text(cells[at])]);
  return [text(COLUMNS), ...body, ...(notes.length > 0 ? ['', ...notes] : []), ''].join('\n');
}

function isNew(line: Line, before: Line): boolean {
  return line.row !== before.row || line.durability !== before.durability;
}

function cellsOf({
  row,
  durability,
  subject,
  perSecond,
  megabytesPerSecond,
  ratio,
  ratios,
  cpuMicros,
  delayMs,
  peakRssBytes,
  diskBytes,
}: Line): string[] {
  const isOurs = subject === 'lithify';
  return [
    row,
    durability === 'none' ? '' : durability,
    subject,
    Math.round(perSecond).toLocaleString('en-US'),
    megabytesPerSecond.toFixed(1),
    isOurs ? '' : times(ratio),
    isOurs ? '' : `${ratios[0].toFixed(2)}–${ratios[1].toFixed(2)}`,
    cpuMicros === undefined ? '' : `${cpuMicros.toFixed(1)} µs`,
    delayMs === undefined ? '' : `${delayMs.toFixed(delayMs < 10 ? 1 : 0)} ms`,
    peakRssBytes === undefined ? '' : mebibytes(peakRssBytes),
    mebibytes(diskBytes),
  ];
}

function times(ratio: number): string {
  return Number.isNaN(ratio) ? '' : `${ratio.toFixed(2)} ×`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024).toLocaleString('en-US')} MiB`;
}
