import type { Place } from './contract.ts';

/** Small pieces of the sentences that plans explain themselves with. Sizes are in powers of ten, as in all sentences of the engine. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${value.toFixed(1)} ${units[unit]}`;
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function placeText(place: Place): string {
  return place === 'minor' ? 'the minors' : `level ${place}`;
}
