import test from 'ava';
import { inputsAt, makeOrder } from '../../storage/tablet/orders.ts';
import { layout } from './support/notation.ts';

/** Whatever chose them: an order of minors 8 and 9 (c to f) into level 5. */
function drops(tables: string): boolean {
  const view = layout(`minors:\n 9: c-f 10\n 8: d-e 10\n${tables}`);
  return makeOrder(view, {
    kind: 'minor',
    reason: 'a spec',
    inputs: inputsAt(
      'minor',
      view.version.minors.filter(({ id }) => id >= 8),
    ),
    target: 5,
  }).dropTombstones;
}

test('with nothing older anywhere they may go', (t) => {
  t.true(drops(''));
  t.true(drops(' 2: g-z 10\nlevel 6:\n 1: g-z 10\nleased:\n level 6: g-z'));
});

test('an older minor that stays behind keeps them', (t) => {
  t.false(drops(' 2: a-c 10'));
});

test('a newer minor does not', (t) => {
  t.true(drops(' 12: a-z 10'));
});

test('a deeper table keeps them, at the very edge as well', (t) => {
  t.false(drops('level 6:\n 1: f-z 10'));
  t.false(drops('level 6:\n 1: a-c 10'));
});

test('what is on its way into a deeper level keeps them', (t) => {
  t.false(drops('leased:\n level 6: f-z'));
});

test('what is held in the target or above it does not', (t) => {
  t.true(drops('leased:\n level 5: f-z\n level 4: a-z\n minor: a-z'));
});
