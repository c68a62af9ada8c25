import test from 'ava';
import { pointAfterKey, pointAtShare, pointText, type ReadOut, shownPoint } from '../../inspector/page/model/read-out.ts';
import { POINTS, Series } from '../../inspector/page/model/series.ts';
import { sparkline } from '../../inspector/page/model/sparkline.ts';
import { TRENDS, type Trend } from '../../inspector/page/model/trends.ts';
import { agoText } from '../../inspector/page/model/units.ts';

const LOOP: Trend = TRENDS.find(({ id }) => id === 'loop') ?? TRENDS[0];

/** A point a second; NaN: no frame came then. */
function seriesOf(values: readonly number[], from = 1000): Series {
  const series = new Series('last');
  for (const [i, value] of values.entries()) if (!Number.isNaN(value)) series.add(1000 * (from + i), value);
  return series;
}

const UP = seriesOf(Array.from({ length: 100 }, (_, i) => i));
const GAP = seriesOf([1, 2, Number.NaN, Number.NaN, Number.NaN, 6, 7]);

function walk(series: Series, keys: readonly string[]): (string | undefined)[] {
  let point: ReadOut | undefined;
  return keys.map((key) => {
    point = pointAfterKey(LOOP, series, point?.step, key);
    return point?.said;
  });
}

test('a point says its value, and how long ago that was', (t) => {
  t.is(pointAtShare(LOOP, UP, 1)?.said, '99 ms, now');
  t.is(pointAtShare(LOOP, UP, 0)?.said, '0 ms, 99 s ago');
  t.is(pointAtShare(LOOP, UP, 0.5)?.said, '50 ms, 49 s ago');
  t.deepEqual([0, 400, 119_000, 120_000, 299_000].map(agoText), ['now', 'now', '119 s ago', '2 min 0 s ago', '4 min 59 s ago']);
});

test('the keys go from point to point, by tens and to the ends, and no further', (t) => {
  t.deepEqual(walk(UP, ['ArrowLeft', 'ArrowLeft', 'ArrowRight', 'PageDown', 'ArrowUp', 'Home', 'ArrowLeft', 'End', 'ArrowRight']), [
    ...['98 ms, 1 s ago', '97 ms, 2 s ago', '98 ms, 1 s ago', '88 ms, 11 s ago', '89 ms, 10 s ago'],
    ...['0 ms, 99 s ago', '0 ms, 99 s ago', '99 ms, now', '99 ms, now'],
  ]);
  t.is(pointAfterKey(LOOP, UP, undefined, 'Tab'), undefined);
});

test('what is not known is passed over, by key and by pointer', (t) => {
  t.deepEqual(walk(GAP, ['ArrowLeft', 'ArrowLeft', 'ArrowRight', 'Home']), [
    ...['6 ms, 1 s ago', '2 ms, 5 s ago', '6 ms, 1 s ago', '1 ms, 6 s ago'],
  ]);
  t.is(pointAtShare(LOOP, GAP, 0)?.said, '1 ms, 6 s ago', 'a young chart begins with nothing');
  t.is(pointAtShare(LOOP, new Series('last'), 0.5), undefined);
  t.is(pointAfterKey(LOOP, new Series('last'), undefined, 'End'), undefined);
});

test('a point stays the moment that it was, until the chart does not show it any more', (t) => {
  const series = seriesOf([5, 6, 7]);
  const point = pointAfterKey(LOOP, series, undefined, 'ArrowLeft') ?? t.fail();
  series.add(1_013_000, 50);
  t.is(pointText(LOOP, series, point.step), '6 ms, 12 s ago');
  t.is(point.said, '6 ms, 1 s ago', 'it is not said again every second');
  t.is(shownPoint(series, point), point);
  series.add(1000 * (1001 + POINTS), 9);
  t.is(shownPoint(series, point), undefined);
  t.is(pointAfterKey(LOOP, series, point.step, 'ArrowLeft')?.said, '7 ms, 4 min 59 s ago', 'on from the oldest');
  series.add(1000, 1);
  t.is(shownPoint(series, point), undefined, 'a clock that went back');
});

test('a chart tells its lowest and its highest', (t) => {
  t.like(sparkline(GAP.points(), { width: 10, height: 10 }), { low: 1, peak: 7 });
  t.like(sparkline([], { width: 10, height: 10 }), { low: 0, peak: 0 });
});
