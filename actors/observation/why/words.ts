import type { MessageKey } from '../../../protocol/messages.ts';
import { toBase64 } from '../../../storage/log/base64.ts';

/** Pieces of the sentences of `engine.why`. */

/** '12.4 MB': as disks are sold, in powers of ten. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return unit === 0 ? `${Math.round(value)} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** '12 ms', '3.2 s', '5.1 min', '2.0 h', '3.5 d'. */
export function timeText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${(ms / 60_000).toFixed(1)} min`;
  return ms < 86_400_000 ? `${(ms / 3_600_000).toFixed(1)} h` : `${(ms / 86_400_000).toFixed(1)} d`;
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${Math.round(count).toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** 'a snapshot', 'an iterator'. */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** A long key is cut: the details have it whole. */
export function keyText(key: MessageKey): string {
  const text = plainKey(key);
  const cut = text.length > MOST_OF_A_KEY ? `${text.slice(0, MOST_OF_A_KEY)}…` : text;
  return text === key ? `'${cut}'` : cut;
}

/** As one types it for `lithify why --range`: a text that would be taken for Base64 is Base64, too. */
export function plainKey(key: MessageKey): string {
  if (typeof key !== 'string') return `${BASE64}${key.base64}`;
  return key.startsWith(BASE64) ? `${BASE64}${toBase64(new TextEncoder().encode(key))}` : key;
}
const BASE64 = 'base64:';
const MOST_OF_A_KEY = 40;

/** 'a', 'a and b', 'a, b and c'. */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

export function withCapital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** For the middle of a sentence; names stay as they are. */
export function withoutCapital(text: string): string {
  const [first = ''] = text.split(/[\s,:]/, 1);
  const isName = /^.[A-Z]/.test(first) || first === 'LevelDB';
  return isName ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

/** Sentences of others have their full stops. */
export function withoutStop(text: string): string {
  return text.replace(/[.\s]+$/, '');
}
