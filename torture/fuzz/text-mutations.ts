import type { Random } from '../../testing/random.ts';

/** What parsers of text trip over. */
const TOKENS: readonly string[] = [
  '__proto__',
  '"__proto__":{"polluted":1},',
  '"constructor":{"prototype":{"polluted":1}},',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'true',
  '{}',
  '[]',
  '""',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  '\ud800',
  '\udc00',
  '\0',
  '\x1b[2J',
  '\u202e',
  '\ufeff',
  '=',
  '==',
  '-',
  '+',
  '.',
  'e',
  '-0',
  '1e999',
  '-1',
  '9007199254740993',
  '18446744073709551616',
  '0x10',
  'NaN',
  'Infinity',
  '99999999999999999999999999',
  '../',
  '..\\',
  '/',
];
const DEPTH = 20_000;
const MOST_IN_A_ROW = 4;

/** One of the samples after one to four changes; now and then nested deeper than any stack. */
export function mutatedText(random: Random, samples: readonly string[]): string {
  let text = random.pick(samples);
  if (random.chance(0.01)) return text.replace(/null|"[^"]*"$/, () => '['.repeat(DEPTH)) + ']'.repeat(random.chance(0.5) ? DEPTH : 0);
  for (let left = 1 + random.below(MOST_IN_A_ROW); left > 0; left--) text = changed(text, random, samples);
  return text;
}

function changed(text: string, random: Random, samples: readonly string[]): string {
  const from = random.below(text.length + 1);
  const to = Math.min(text.length, from + random.below(random.pick([1, 2, 5, text.length + 1])));
  const other = random.pick(samples);
  const start = random.below(other.length + 1);
  const middle = random.pick([
    '',
    random.pick(TOKENS),
    text.slice(from, to).repeat(2),
    other.slice(start, start + random.below(30)),
    String.fromCharCode(random.pick([random.below(128), random.below(0x10000)])),
  ]);
  return text.slice(0, from) + middle + text.slice(to);
}
