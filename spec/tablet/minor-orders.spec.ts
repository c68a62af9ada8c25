import { planned } from './support/scenario.ts';

planned(
  'minors below the trigger are left alone, and the plan says so',
  `
  minors:
    3: a-z 10
    2: a-z 10
  level 6:
    1: a-z 200
`,
  `
  nothing
  not 2 minors: fewer than 4, and 20 B only
`,
);

planned(
  'all minors, oldest first, are merged with what overlaps them in a small last level',
  `
  minors:
    9: e-h 50
    8: b-c 50
    7: c-f 50
    6: d-e 50
  level 6:
    1: a-b 80
    2: c-d 80
    3: f-g 80
    4: x-z 80
`,
  'minor: minors 6 7 8 9 + level 6: 1 2 3 -> level 6 a-h, drops tombstones',
);

planned(
  'above a last level that is too large to be rewritten, minors get a level of their own',
  `
  minors:
    9: a-m 10
    8: a-m 10
    7: a-m 10
    6: a-m 10
  level 6:
    1: a-g 300
    2: h-z 300
`,
  'minor: minors 6 7 8 9 -> level 5 a-m',
);

planned(
  'minors take a small level with them into the last one',
  `
  minors:
    9: a-m 50
    8: a-m 50
    7: a-m 50
    6: a-m 50
  level 4:
    3: k-p 1
  level 6:
    1: a-g 100
    2: n-z 100
`,
  'minor: minors 6 7 8 9 + level 4: 3 + level 6: 1 2 -> level 6 a-z, drops tombstones',
);

planned(
  'minors never sink below a level that overlaps them',
  `
  minors:
    9: a-m 1
    8: a-m 1
    7: a-m 1
    6: a-m 1
  level 3:
    1: c-d 80
  level 6:
    2: x-z 90000
`,
  'minor: minors 6 7 8 9 -> level 2 a-m',
);

planned(
  'disjoint minors with a table between them are merged with it',
  `
  minors:
    9: s-t 50
    8: g-h 50
    7: k-l 50
    6: a-b 50
  level 6:
    1: m-n 90
`,
  'minor: minors 6 7 8 9 + level 6: 1 -> level 6 a-t, drops tombstones',
);

planned(
  'disjoint minors behind everything else only change their place',
  `
  minors:
    9: s-t 50
    8: q-r 50
    7: o-p 50
    6: m-n 50
  level 6:
    1: a-l 90
`,
  'minor: minors 6 7 8 9 move level 6 m-t, drops tombstones',
);

planned(
  'tiny disjoint minors are merged instead, so that small flushes do not become small tables',
  `
  minors:
    9: s-t 5
    8: q-r 5
    7: o-p 5
    6: m-n 5
`,
  'minor: minors 6 7 8 9 -> level 6 m-t, drops tombstones',
);

planned(
  'tombstones that may go are not carried along by a move',
  `
  minors:
    9: s-t 50
    8: q-r 50
    7: o-p 50 tombstones 1
    6: m-n 50
`,
  'minor: minors 6 7 8 9 -> level 6 m-t, drops tombstones',
);

planned(
  'a few minors are enough when they are a quarter of the levels',
  `
  minors:
    7: a-z 40
  level 6:
    1: a-g 80
    2: h-z 80
`,
  'minor: minors 7 + level 6: 1 2 -> level 6 a-z, drops tombstones',
);

planned(
  'deletions weigh what they delete: one small minor that empties the store is merged at once',
  `
  minors:
    7: a-z 16 entries 160 tombstones 160
  level 6:
    1: a-z 160
`,
  'minor: minors 7 + level 6: 1 -> level 6 a-z, drops tombstones',
);
