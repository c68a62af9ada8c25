import { POINTS, type Series } from './series.ts';
import type { Trend } from './trends.ts';
import { agoText } from './units.ts';

/** A point of a small chart that somebody points at: it is the moment that stays, while the chart moves on. */
export interface ReadOut {
  /** The point's number in its series. */
  readonly step: number;
  /** What it was when it was pointed at, and how many points before the newest: said aloud once, not every second. */
  readonly said: string;
  readonly fromNewest: number;
}

/** The furthest that `fromNewest` goes. */
export const MOST_BACK = POINTS - 1;

const KEYS: Readonly<Record<string, number>> = {
  ...{ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 },
  ...{ Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY },
};

/** The known point that is nearest to a share of the chart's width, 0 to 1. Undefined: none is known. */
export function pointAtShare(trend: Trend, series: Series, share: number): ReadOut | undefined {
  const { first, last } = series.span;
  return readOut(trend, series, nearestKnown(series, Math.round(first + share * (last - first))));
}

/** The point that a key leads to from another one, or from the newest. Undefined: it is no key for that, or none is known. */
export function pointAfterKey(trend: Trend, series: Series, from: number | undefined, key: string): ReadOut | undefined {
  const by = KEYS[key];
  if (by === undefined) return undefined;
  const { first, last } = series.span;
  const wanted = Math.min(last, Math.max(first, (from ?? last) + by));
  return readOut(trend, series, nextKnown(series, wanted, Math.sign(by)) ?? nearestKnown(series, wanted));
}

/** Undefined: nobody points, or at what the chart does not show any more. */
export function shownPoint(series: Series, point: ReadOut | undefined): ReadOut | undefined {
  return point === undefined || Number.isNaN(series.at(point.step)) ? undefined : point;
}

/** A point in words: '40 ms, 12 s ago'. */
export function pointText({ text }: Trend, series: Series, step: number): string {
  return `${text(series.at(step))}, ${agoText((series.span.last - step) * series.stepMs)}`;
}

function readOut(trend: Trend, series: Series, step: number | undefined): ReadOut | undefined {
  return step === undefined ? undefined : { step, said: pointText(trend, series, step), fromNewest: series.span.last - step };
}

function nextKnown(series: Series, from: number, direction: number): number | undefined {
  const { first, last } = series.span;
  for (let step = from; step >= first && step <= last; step += direction) if (!Number.isNaN(series.at(step))) return step;
  return undefined;
}

function nearestKnown(series: Series, wanted: number): number | undefined {
  const found = [nextKnown(series, wanted, -1), nextKnown(series, wanted, 1)].filter((step) => step !== undefined);
  return found.sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted)).at(0);
}
