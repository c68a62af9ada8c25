import test from 'ava';
import fc from 'fast-check';
import { bytesText as bytesInSentences } from '../../actors/observation/why/words.ts';
import { POINTS, Series } from '../../inspector/page/model/series.ts';
import { roundedUp, sparkline } from '../../inspector/page/model/sparkline.ts';
import { bytesText, millisecondsText } from '../../inspector/page/model/units.ts';

const BOX = { width: 100, height: 40 };
const known = (points: readonly number[]) => points.filter((point) => !Number.isNaN(point));

test('a series keeps the last minutes and nothing more, however long it runs', (t) => {
  const series = new Series('last');
  for (let second = 0; second < 10 * POINTS; second++) series.add(1000 * second, second);
  const points = series.points();
  t.is(points.length, POINTS);
  t.is(points[0], 9 * POINTS);
  t.is(points.at(-1), 10 * POINTS - 1);
});

test('several frames in one second are one point: their last, their longest or their mean', (t) => {
  const pointOf = (fold: 'last' | 'max' | 'mean') => {
    const series = new Series(fold);
    for (const value of [4, 10, 1]) series.add(5000, value);
    return series.last;
  };
  t.deepEqual([pointOf('last'), pointOf('max'), pointOf('mean')], [1, 10, 5]);
});

test('what lies between two frames far apart is a gap, and not what was there five minutes ago', (t) => {
  const series = new Series('last');
  for (let second = 0; second < POINTS; second++) series.add(1000 * second, 7);
  series.add(1000 * (POINTS + 99), 1);
  t.is(known(series.points()).length, POINTS - 99);
  series.add(1000 * 5 * POINTS, 2);
  t.deepEqual(known(series.points()), [2]);
});

test('a clock that goes back begins anew', (t) => {
  const series = new Series('last');
  series.add(50_000, 1);
  series.add(3000, 2);
  t.deepEqual(known(series.points()), [2]);
});

test('a gap breaks the line, a frame that came late does not', (t) => {
  const gap = Array.from({ length: 20 }, () => Number.NaN);
  t.is(sparkline([1, 2, Number.NaN, 3], BOX).line.split('M').length - 1, 1);
  t.is(sparkline([1, 2, ...gap, 3, 4], BOX).line.split('M').length - 1, 2);
  t.is(sparkline([], BOX).line, '');
});

test('every line stays in its box, and its top is at least its peak', (t) => {
  const number = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e12, noNaN: true }), fc.constant(Number.NaN));
  fc.assert(
    fc.property(fc.array(number, { maxLength: 400 }), (points) => {
      const { line, top, peak } = sparkline(points, BOX);
      const numbers = Array.from(line.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g), ([, x, y]) => [Number(x), Number(y)]);
      return top >= peak && numbers.every(([x, y]) => x >= 0 && x <= 100 && y >= 0 && y <= 40);
    }),
  );
  t.pass();
});

test('the top of a scale is a round number', (t) => {
  t.deepEqual(
    [0, 0.3, 7, 1000, 1400, 5000].map((value) => roundedUp(value)),
    [0, 0.5, 10, 1000, 2000, 5000],
  );
});

test('a size is told as in the engine’s sentences, which stand beside it', (t) => {
  t.deepEqual([0, 1, 999, 1000, 1024, 10 * 1024 ** 2].map(bytesText), ['0 B', '1 B', '999 B', '1.0 kB', '1.0 kB', '10.5 MB']);
  fc.assert(fc.property(fc.double({ min: 0, max: 1e17, noNaN: true }), (bytes) => bytesText(bytes) === bytesInSentences(bytes)));
});

test('times are told shortly', (t) => {
  t.deepEqual([0, 0.126, 12.34, 999, 1500, 300_000, 9_000_000].map(millisecondsText), [
    '0 ms',
    '0.13 ms',
    '12.3 ms',
    '999 ms',
    '1.5 s',
    '5 min',
    '2 h 30 min',
  ]);
});
