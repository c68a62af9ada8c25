/** Enough for whatever the engine itself calls something. */
const USUAL_LENGTH = 200;

/**
 * Text from elsewhere, for people: the middle of a long one is left out, and what would turn the direction of the text around
 * it, or could not be seen, is written out.
 */
export function visibleText(text: string, most = USUAL_LENGTH): string {
  return cut(text, most).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor((most - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
