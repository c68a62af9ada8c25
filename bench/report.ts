import { figureText } from './figure.ts';
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
  const figures = lines.flatMap((line) => (line.figures.length > 0 ? [`${nameOf(line)}: ${figuresText(line)}`] : []));
  const paragraphs = [[text(COLUMNS), ...body], figures, notes].filter((paragraph) => paragraph.length > 0);
  return `${paragraphs.map((paragraph) => paragraph.join('\n')).join('\n\n')}\n`;
}

/** With its durability, if it has one. */
export function nameOf({ row, durability }: Line): string {
  return durability === 'none' ? row : `${row}, ${durability}`;
}

function figuresText({ figures }: Line): string {
  return figures.map((figure) => `${figure.name} ${figureText(figure)}`).join('; ');
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
