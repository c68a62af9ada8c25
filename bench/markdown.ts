import { figureText } from './figure.ts';
import { nameOf } from './report.ts';
import type { SubjectName } from './subjects/subject.ts';
import type { Line } from './summary.ts';

const PEERS: readonly (readonly [subject: SubjectName, name: string])[] = [
  ['classic-level', 'classic-level'],
  ['lmdb', 'lmdb'],
  ['rocksdb', 'RocksDB'],
];

/** The tables of docs/benchmarks.md: rows that somebody else has too, then what only lithify is asked for. */
export function markdownText(lines: readonly Line[], notes: readonly string[]): string {
  const ours = lines.filter(({ subject }) => subject === 'lithify');
  const paragraphs = [ratiosOf(ours, lines), figuresOf(ours), notes].filter((paragraph) => paragraph.length > 0);
  return `${paragraphs.map((paragraph) => paragraph.join('\n')).join('\n\n')}\n`;
}

function ratiosOf(ours: readonly Line[], all: readonly Line[]): string[] {
  const header = ['row', 'lithify, per second', ...PEERS.map(([, name]) => `÷ ${name}`)];
  const rows = ours.map((line) => {
    const peers = PEERS.map(([subject]) => all.find((one) => nameOf(one) === nameOf(line) && one.subject === subject));
    return [nameOf(line), roughly(line.perSecond), ...peers.map((peer) => (peer === undefined ? '–' : ratioText(peer)))];
  });
  return tableOf(header, rows);
}

function figuresOf(ours: readonly Line[]): string[] {
  const rows = ours.flatMap((line) => line.figures.map((figure, at) => [at === 0 ? nameOf(line) : '', figure.name, figureText(figure)]));
  return rows.length === 0 ? [] : tableOf(['row', 'what', 'figure'], rows);
}

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

/** Bold where every round says the same: faster, or slower. */
function ratioText({ ratio, ratios: [least, most], rounds }: Line): string {
  const middle = times(ratio);
  const isClear = rounds > 1 && (least > 1 || most < 1);
  const range = rounds > 1 ? ` (${times(least)}–${times(most)})` : '';
  return `${isClear ? `**${middle}**` : middle}${range}`;
}

function times(ratio: number): string {
  return ratio.toFixed(ratio < 9.95 ? 1 : 0);
}

/** Three digits; more would not be true. */
function roughly(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}
