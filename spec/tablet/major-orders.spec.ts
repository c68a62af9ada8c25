import test from 'ava';
import { planMajor } from '../../storage/tablet/plan-major.ts';
import { bytes, layout, orderText } from './support/notation.ts';

function major(tables: string, range: { gte?: string; lt?: string } = {}): string {
  const asked = { ...(range.gte !== undefined && { gte: bytes(range.gte) }), ...(range.lt !== undefined && { lt: bytes(range.lt) }) };
  const result = planMajor(layout(tables), { range: asked });
  return result.kind === 'order' ? orderText(result.order) : `${result.kind}: ${result.reason}`;
}

test('everything goes into the last level, in one order, without tombstones', (t) => {
  const tables = `
    minors:
      9: a-c 10
      8: a-z 10
    level 4:
      5: d-f 10
    level 6:
      1: a-h 100
      2: k-z 100
  `;
  t.is(major(tables), 'major: minors 9 8 + level 4: 5 + level 6: 1 2 -> level 6 a-z, drops tombstones');
});

test('an empty store has nothing to merge', (t) => {
  t.regex(major(''), /^nothing: /);
});

test('a store that is in the last level already has nothing to merge', (t) => {
  t.regex(major('level 6:\n 1: a-h 100\n 2: k-z 100'), /^nothing: /);
});

test('what is obsolete in the last level is rewritten, and nothing beside it', (t) => {
  const tables = `
    level 6:
      1: a-c 100
      2: d-f 100 tombstones 1
      3: g-i 100
      4: j-l 100 shadowed 1
      5: m-o 100
  `;
  t.is(major(tables), 'major: level 6: 2 3 4 -> level 6 d-l, drops tombstones');
});

test('what a snapshot still needs does not make a second major', (t) => {
  t.regex(major('snapshots: 5\nlevel 6:\n 1: a-c 100 tombstones 3 shadowed 4 seq 2-9'), /^nothing: /);
  t.regex(major('snapshots: 5\nlevel 6:\n 1: a-c 100 tombstones 3 shadowed 4 seq 2-9 held 1'), /^nothing: /);
  const afterRelease = major('snapshots: 5 12\nlevel 6:\n 1: a-c 100 shadowed 4 seq 2-9 held 2');
  t.is(afterRelease, 'major: level 6: 1 -> level 6 a-c, drops tombstones', 'one of two has gone');
});

test('what range deletes cover is taken out, where it is in the range and no snapshot sees it', (t) => {
  const tables = `
    level 6:
      1: a-c 100
      2: d-f 100
      3: g-i 100 cleared 20
    range deletes:
      20: b-e
      20: h-i
  `;
  t.is(major(tables), 'major: level 6: 1 2 -> level 6 a-f, drops tombstones');
  t.is(major(tables, { gte: 'd' }), 'major: level 6: 2 -> level 6 d-f, drops tombstones');
  t.is(major(`snapshots: 1\n${tables}`), 'major: level 6: 2 -> level 6 d-f, drops tombstones');
  t.regex(major(`snapshots: 1\n${tables}`, { lt: 'd' }), /^nothing: /);
});

test('a range takes what touches it, and what would otherwise end below something newer', (t) => {
  const tables = `
    minors:
      9: a-d 10
      8: c-m 10
      7: k-r 10
      6: t-z 10
    level 5:
      5: q-s 10
      4: u-z 10
    level 6:
      1: a-b 100
      2: r-v 100
      3: w-z 100
  `;
  t.is(major(tables, { gte: 'a', lt: 'b' }), 'major: minors 9 8 7 + level 5: 5 + level 6: 1 2 -> level 6 a-v, drops tombstones');
});

test('what is newer and outside of the range may stay above', (t) => {
  const tables = `
    minors:
      9: c-z 10
      8: a-d 10
    level 6:
      1: a-h 100
  `;
  t.is(major(tables, { lt: 'b' }), 'major: minors 8 + level 6: 1 -> level 6 a-h, drops tombstones');
});

test('the end of a range is exclusive', (t) => {
  t.regex(major('minors:\n 2: d-f 10', { lt: 'd' }), /^nothing: /);
  t.is(major('minors:\n 2: d-f 10', { gte: 'f' }), 'major: minors 2 -> level 6 d-f, drops tombstones');
});

test('it waits for running orders that hold what it needs, and only for those', (t) => {
  const tables = (leased: string) => `
    minors:
      9: a-d 10
    level 6:
      1: a-h 100
    leased:
      ${leased}
  `;
  t.is(major(tables('level 6: g-k')), 'wait: running orders hold parts of level 6');
  t.is(major(tables('minor: d-k')), 'wait: running orders hold parts of the minors');
  t.regex(major(tables('level 5: a-h')), /^major: /);
  t.regex(major(tables('level 6: i-k')), /^major: /);
});
