import test from 'ava';
import { pinnedByOldest, pinnedBytes } from '../../storage/tablet/pinned.ts';
import { layout } from './support/notation.ts';

function pinned(tables: string): { all: number; oldest: number } {
  const { version, snapshots } = layout(tables);
  return { all: pinnedBytes(version, snapshots), oldest: pinnedByOldest(version, snapshots) };
}

const VERSIONS = `
  level 5:
    1: a-f 100 seq 10-20 shadowed 3 bytes 30
  level 6:
    2: a-f 100 seq 1-9 shadowed 5 bytes 50
    3: g-z 100 seq 1-9
`;

test('old versions are pinned by who reads between them and newer ones', (t) => {
  t.deepEqual(pinned(VERSIONS), { all: 0, oldest: 0 });
  t.deepEqual(pinned(`snapshots: 15\n${VERSIONS}`), { all: 30, oldest: 30 });
  t.deepEqual(pinned(`snapshots: 5 15\n${VERSIONS}`), { all: 80, oldest: 50 });
  t.deepEqual(pinned(`snapshots: 14 15\n${VERSIONS}`), { all: 30, oldest: 0 }, 'the other one needs them as well');
  t.deepEqual(pinned(`snapshots: 20 30\n${VERSIONS}`), { all: 0, oldest: 0 }, 'these see the newest only');
});

test('tables that were deleted by range are pinned whole, and in part about as far as they are covered', (t) => {
  const tables = `
    level 6:
      1: a-f 100 seq 1-9
      2: g-q 100 seq 1-9
      3: r-z 100 seq 21-22
    range deletes:
      30: a-l
  `;
  t.deepEqual(pinned(tables), { all: 0, oldest: 0 }, 'nobody reads there: they are about to go');
  t.deepEqual(pinned(`snapshots: 10\n${tables}`), { all: 150, oldest: 150 });
  t.deepEqual(pinned(`snapshots: 10 25\n${tables}`), { all: 150, oldest: 0 });
  t.deepEqual(pinned(`snapshots: 40\n${tables}`), { all: 0, oldest: 0 });
});
