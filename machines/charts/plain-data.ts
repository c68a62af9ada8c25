import { nameOf } from './names.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Any value as JSON can keep it. A function is `{ type: name }`, an object of some class `{ type: name of the class }`, and
 * an undefined null: it stands for a value. `place` says what the value is, such as 'params'.
 */
export function plainData(value: unknown, place: string): Json {
  return dataOf(value, place, []);
}

/** `within`: the objects that this one is in. */
function dataOf(value: unknown, place: string, within: readonly object[]): Json {
  if (typeof value !== 'object' || value === null) return leafOf(value, place);
  if (within.includes(value)) return { type: 'cycle' };
  if (Array.isArray(value)) return value.map((one) => dataOf(one, place, [...within, value]));
  return isPlain(value) ? mapped(value, (one, key) => dataOf(one, key, [...within, value])) : { type: nameOf(value.constructor, place) };
}

function leafOf(value: unknown, place: string): Json {
  if (typeof value === 'function') return { type: nameOf(value, place) };
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return typeof value === 'number' && Number.isFinite(value) ? value : String(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

export function mapped(given: object, change: (value: unknown, key: string) => Json): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, change(value, key)]));
}
