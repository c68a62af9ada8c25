/** A small chart, ready to draw: paths in a box of `width` × `height`, and what stands beside them. */
export interface Sparkline {
  readonly line: string;
  /** The line, closed down to the bottom. */
  readonly area: string;
  /** What the top of the box is. */
  readonly top: number;
  readonly peak: number;
  readonly low: number;
}

interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Scale {
  /** The top is at least this, so that noise does not look like a storm. */
  readonly floor?: number;
}

/** `points` as a series has them: NaN is a gap. */
export function sparkline(points: readonly number[], { width, height }: Box, { floor = 0 }: Scale = {}): Sparkline {
  const known = points.filter((value) => !Number.isNaN(value));
  const [low, peak] = known.length === 0 ? [0, 0] : [Math.min(...known), Math.max(...known)];
  const top = Math.max(floor, roundedUp(peak));
  const step = points.length > 1 ? width / (points.length - 1) : 0;
  const runs = stretches(points).map((run) => run.map(({ at, value }) => ({ x: at * step, y: heightOf(value, top, height) })));
  return { line: runs.map(lineOf).join(''), area: runs.map((run) => areaOf(run, height)).join(''), top, peak, low };
}

/** How far below the box's top a value stands. */
export function heightOf(value: number, top: number, height: number): number {
  return height - (top === 0 ? 0 : (Math.max(0, value) / top) * (height - 1));
}

/** 1, 2 or 5 times a power of ten: a scale that does not jump with every frame. */
export function roundedUp(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5].map((digit) => digit * power).find((top) => top >= value) ?? 10 * power;
}

/** Frames are not quite on time: a few points without one are no gap. */
const BRIDGED = 5;

interface Known {
  readonly at: number;
  readonly value: number;
}

function stretches(points: readonly number[]): Known[][] {
  const runs: Known[][] = [];
  for (const [at, value] of points.entries()) {
    if (Number.isNaN(value)) continue;
    const before = runs.at(-1)?.at(-1);
    if (before === undefined || at - before.at > BRIDGED) runs.push([{ at, value }]);
    else runs.at(-1)?.push({ at, value });
  }
  return runs;
}

/** A lone point is a short stroke: a line of no length would not be seen. */
function lineOf(run: readonly { x: number; y: number }[]): string {
  const [first, ...others] = run;
  const path = `M${place(first.x)} ${place(first.y)}`;
  return others.length === 0 ? `${path}h0.5` : path + others.map(({ x, y }) => `L${place(x)} ${place(y)}`).join('');
}

function areaOf(run: readonly { x: number; y: number }[], height: number): string {
  const last = run[run.length - 1];
  return `${lineOf(run)}L${place(last.x)} ${height}L${place(run[0].x)} ${height}Z`;
}

function place(value: number): number {
  return Math.round(10 * value) / 10;
}
