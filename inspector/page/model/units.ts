const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** '12.4 MB', in powers of ten: as the engine's own sentences have it, which stand beside it. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  return unit === 0 ? `${Math.round(value)} B` : `${value.toFixed(1)} ${UNITS[unit]}`;
}

export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-GB');
}

/** '1 table', '2 tables'. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

export function perSecondText(value: number): string {
  return value < 10 ? shortNumber(value) : countText(value);
}

export function millisecondsText(ms: number): string {
  if (ms < 1000) return `${shortNumber(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 120) return `${shortNumber(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago a point of a small chart was, to the second. */
export function agoText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds === 0) return 'now';
  return seconds < 120 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ${seconds % 60} s ago`;
}

/** A moment, to the millisecond. */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

export function factorText(factor: number): string {
  return `${shortNumber(factor)}×`;
}

export function percentText(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** The wall clock's time of day, to the second. */
export function timeText(wallMs: number): string {
  return new Date(wallMs).toLocaleTimeString('en-GB');
}

/** Three digits that matter, no more. */
function shortNumber(value: number): string {
  if (value === 0) return '0';
  if (value >= 100) return countText(value);
  return value >= 10 ? trimmed(value.toFixed(1)) : trimmed(value.toFixed(2));
}

function trimmed(text: string): string {
  return text.replace(/\.?0+$/, '') || '0';
}
