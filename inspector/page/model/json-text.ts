/** More than that is no reading, and a browser would lay it out for seconds. */
const MOST_CHARACTERS = 20_000;

/** Made once: what is shown is drawn again with every frame. */
const texts = new WeakMap<object, string>();

/** A value as JSON for people, cut where it is too long; what could not be seen in it is written out, as JSON does. */
export function jsonText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return textOf(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = textOf(value);
  texts.set(value, text);
  return text;
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2) ?? String(value);
  const rest = text.length - MOST_CHARACTERS;
  const shown = rest > 0 ? `${text.slice(0, MOST_CHARACTERS)}… (${rest.toLocaleString('en-GB')} more characters)` : text;
  return shown.replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(char: string): string {
  return Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
}
