import { planned } from './support/scenario.ts';

planned(
  'in a store at rest a table is rewritten where it stands when much of it is deleted',
  `
  level 5:
    1: a-f 20
  level 6:
    2: a-f 300 seq 1-9
    3: g-z 300
  range deletes:
    20: b-g
`,
  'regular: level 6: 2 -> level 6 a-f, drops tombstones',
);

planned(
  'of several the one that gives back most is first',
  `
  level 6:
    2: a-f 300
    3: g-z 400
  range deletes:
    20: b-r
`,
  'regular: level 6: 2 -> level 6 a-f, drops tombstones',
);

planned(
  'a little of a table may wait, since it is not read',
  `
  level 6:
    2: a-z 300
  range deletes:
    20: b-d
`,
  `
  nothing
  not 1 range delete: fewer than 32
`,
);

planned(
  'a table that is newer for the most part waits as well',
  `
  level 6:
    2: a-z 300 seq 1-100
  range deletes:
    20: b-
`,
  'nothing',
);

planned(
  'what was applied already is not planned again',
  `
  level 6:
    2: a-z 300 cleared 20
  range deletes:
    20: b-
`,
  'nothing',
);

planned(
  'while a snapshot sees some of it, rewriting would leave the same to do and is not planned',
  `
  snapshots: 10
  level 6:
    2: a-z 300 seq 5-12
  range deletes:
    20: b-
`,
  'nothing',
);

planned(
  'but a snapshot from before the table does not matter',
  `
  snapshots: 4
  level 6:
    2: a-z 300 seq 5-12
  range deletes:
    20: b-
`,
  'regular: level 6: 2 -> level 6 a-z, drops tombstones',
);

planned(
  'minors of which much is deleted are merged, however few they are',
  `
  minors:
    4: a-z 50
  level 6:
    2: a-f 300 cleared 20
  range deletes:
    20: b-
`,
  'minor: minors 4 + level 6: 2 -> level 6 a-z, drops tombstones',
);

const many = (count: number, from = 20) =>
  Array.from({ length: count }, (_, i) => `    ${from + i}: m${String(i).padStart(4, '0')}-m${String(i).padStart(4, '0')}x`).join('\n');

planned(
  'many range deletes are applied although each is small: the table that they reach into most goes first',
  `
  level 6:
    2: a-m0009 300
    3: m0010-z 400
  range deletes:
${many(32)}
`,
  'regular: level 6: 3 -> level 6 m0010-z, drops tombstones',
);

planned(
  'where minors are among what they reach into, those are merged first, and apply them below',
  `
  minors:
    4: m-n 30
  level 6:
    2: a-m0009 100
    3: m0010-z 100
  range deletes:
${many(32)}
`,
  'minor: minors 4 + level 6: 2 3 -> level 6 a-z, drops tombstones',
);

planned(
  'a large store may have more of them',
  `
  level 6:
${Array.from({ length: 8 }, (_, i) => `    ${i + 1}: m${i}-m${i}z 300`).join('\n')}
  range deletes:
${many(63)}
`,
  `
  nothing
  not 63 range deletes: fewer than 64
`,
);

planned(
  'many that a snapshot keeps from being applied are no reason to rewrite anything',
  `
  snapshots: 10
  level 6:
    2: a-z 300 seq 5-12
  range deletes:
${many(40)}
`,
  'nothing',
);
