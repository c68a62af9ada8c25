/** Milliseconds. The units, and their names, are those of Rust's humantime, which streambed's command line takes. */
const UNITS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    [1e-6, 'ns nsec nanos'],
    [1e-3, 'us usec micros'],
    [1, 'ms msec millis'],
    [1000, 's sec secs second seconds'],
    [60_000, 'm min mins minute minutes'],
    [3_600_000, 'h hr hrs hour hours'],
    [86_400_000, 'd day days'],
    [604_800_000, 'w week weeks'],
  ].flatMap(([ms, names]) =>
    String(names)
      .split(' ')
      .map((name) => [name, Number(ms)]),
  ),
);

const PART = /\s*(\d+)\s*([a-z]+)\s*/y;

/** `100ms`, `1s`, `2h 30m`, `0`; undefined: the text is no such time. */
export function parseDuration(text: string): number | undefined {
  if (text.trim() === '0') return 0;
  let total = 0;
  let at = 0;
  while (at < text.length) {
    PART.lastIndex = at;
    const [all, count, unit] = PART.exec(text) ?? [];
    const ms = unit !== undefined && Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (all === undefined || ms === undefined) return undefined;
    total += Number(count) * ms;
    at += all.length;
  }
  return text === '' || !Number.isFinite(total) ? undefined : total;
}
