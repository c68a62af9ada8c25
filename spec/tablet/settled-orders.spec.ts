import { planned } from './support/scenario.ts';

planned(
  'a table that is mostly tombstones sinks although its level is not full',
  `
  level 5:
    1: a-f 30 tombstones 30
  level 6:
    2: a-f 100
    3: g-m 900
    4: n-z 900
`,
  'regular: level 5: 1 + level 6: 2 -> level 6 a-f, drops tombstones',
);

planned(
  'a few tombstones above much data wait',
  `
  level 5:
    1: a-z 30 tombstones 30
  level 6:
    2: a-f 700
    3: g-m 700
    4: n-z 700
`,
  'nothing',
);

planned(
  'tombstones above nothing go',
  `
  level 5:
    1: g-h 30 tombstones 20
  level 6:
    2: a-f 900
`,
  'regular: level 5: 1 -> level 6 g-h, drops tombstones',
);

planned(
  'what a snapshot kept in the last level goes when the snapshot has gone',
  `
  level 6:
    2: a-f 90 tombstones 30 shadowed 20
    3: g-m 90
`,
  'regular: level 6: 2 -> level 6 a-f, drops tombstones',
);

planned(
  'while the snapshot is there, rewriting would change nothing and is not planned',
  `
  snapshots: 20
  level 6:
    2: a-f 90 tombstones 30 shadowed 20 seq 5-30
`,
  'nothing',
);

planned(
  'eight small neighbours become one table',
  `
  level 6:
    1: a-b 90
    2: c-d 10
    3: e-f 10
    4: g-h 10
    5: i-j 10
    6: k-l 10
    7: m-n 10
    8: o-p 10
    9: q-r 10
`,
  'regular: level 6: 2 3 4 5 6 7 8 9 -> level 6 c-r, drops tombstones',
);

planned(
  'one large and seven tiny neighbours wait, so that the large one is not rewritten for little',
  `
  level 6:
    2: c-d 60
    3: e-f 1
    4: g-h 1
    5: i-j 1
    6: k-l 1
    7: m-n 1
    8: o-p 1
    9: q-r 1
`,
  'nothing',
);
