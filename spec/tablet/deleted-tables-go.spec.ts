import { planned } from './support/scenario.ts';

planned(
  'tables in which everything is deleted go before anything else, from every place, in one order',
  `
  minors:
    9: a-z 50 seq 40-49
    8: c-d 50 seq 30-39
    7: c-d 50 seq 20-29
    6: c-d 50 seq 10-19
    5: a-z 50 seq 1-9
  level 5:
    4: a-d 500
  level 6:
    1: a-c 100
    2: d-l 100
    3: m-z 100
  range deletes:
    39: a-e
    41: a-m
`,
  'drop: minors 8 7 6 + level 5: 4 + level 6: 1 2',
);

planned(
  'several range deletes may cover a table together, if nothing is left between them',
  `
  level 6:
    1: a-f 100
    2: g-z 100
  range deletes:
    10: a-c
    20: c-f
    30: f-g
    40: g-m
    50: n-
`,
  'drop: level 6: 1',
);

planned(
  'a key at the end of the range is not covered, nor one written after the range delete: such tables are read',
  `
  level 6:
    1: a-f 100
    2: g-k 90 seq 10-31
  range deletes:
    30: a-f
    31: g-m
`,
  'regular: level 6: 1 -> level 6 a-f, drops tombstones',
);

planned(
  'a snapshot between a table and the range delete keeps the table, one before or behind both does not',
  `
  snapshots: 5 15 25
  level 6:
    1: a-c 100 seq 6-10
    2: d-l 100 seq 11-20
    3: m-p 100 seq 16-20
    4: q-z 100 seq 1-4
  range deletes:
    21: a-
`,
  'drop: level 6: 3',
);

planned(
  'what one snapshot keeps from the newer range delete may be gone by an older one',
  `
  snapshots: 25
  level 6:
    1: a-c 100 seq 6-10
  range deletes:
    21: a-d
    30: a-
`,
  'drop: level 6: 1',
);

planned(
  'what a running order reads or writes is left to it',
  `
  level 5:
    4: a-d 50
  level 6:
    1: a-c 100
    2: d-l 100
  leased:
    level 6: c-d
  range deletes:
    20: a-
`,
  'drop: level 5: 4',
);
