/** Numbers as people read them at a glance; the same everywhere on the page. */
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytesText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : shortNumber(value)} ${UNITS[unit]}`;
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
