import { CHART_LINE_HEIGHT } from '../../inspector/chart-layout.ts';

/** Widths of Arial's letters in thousandths of the font's size, in groups of equal ones. */
const WIDTHS: readonly (readonly [letters: string, width: number])[] = [
  ["'", 191],
  ['ijl', 222],
  ['|', 260],
  [' !,./:;I[\\]ft', 278],
  ['()-r`', 333],
  ['*"', 370],
  ['Jcksvxyz', 500],
  ['FTZ', 611],
  ['ABEKPSVXY&', 667],
  ['CDHNRUw', 722],
  ['GOQ', 778],
  ['Mm', 833],
  ['W', 944],
];
const OTHERS = 556;
const FONT_SIZE = 12;
/** Fonts that stand in for each other differ by as much. */
const MARGIN = 1.14;

/** Pixels, of the longest line. Estimated: nothing is measured where charts are laid out. */
export function textWidth(text: string): number {
  return Math.max(...text.split('\n').map(lineWidth));
}

function lineWidth(line: string): number {
  const thousandths = [...line].reduce((sum, letter) => sum + (WIDTHS.find(([letters]) => letters.includes(letter))?.[1] ?? OTHERS), 0);
  return Math.ceil((thousandths / 1000) * FONT_SIZE * MARGIN);
}

/** Breaks a text between words so that no line is wider than this, where its words let it. */
export function wrapped(text: string, maxWidth: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer) <= maxWidth) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n');
}

/** The room that a text of one or more lines takes. */
export function textBox(text: string): { width: number; height: number } {
  return { width: textWidth(text), height: text.split('\n').length * CHART_LINE_HEIGHT };
}
