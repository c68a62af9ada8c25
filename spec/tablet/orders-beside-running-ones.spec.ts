import { planned } from './support/scenario.ts';

planned(
  'minors flushed while older ones are being merged wait when they overlap them',
  `
  minors:
    9: c-g 50
    8: c-g 50
    7: c-g 50
    6: c-g 50
    5: a-d 50
  leased:
    minor: a-d
    level 6: a-d
`,
  `
  nothing
  not 5 minors, 5 of them held by running orders: fewer than 4, and 0 B only
`,
);

planned(
  'a newer minor is not merged past an older one that has to wait',
  `
  minors:
    9: f-i 50
    8: e-i 50
    7: e-i 50
    6: e-i 50
    5: c-f 50
    4: a-d 50
  leased:
    minor: a-d
    level 6: a-d
`,
  `
  nothing
  not 6 minors, 6 of them held by running orders: fewer than 4, and 0 B only
`,
);

planned(
  'minors in another range do not wait',
  `
  minors:
    9: s-z 50
    8: s-z 50
    7: s-z 50
    6: s-z 50
    5: a-d 50
  leased:
    minor: a-d
    level 6: a-d
`,
  'minor: minors 6 7 8 9 -> level 6 s-z, drops tombstones',
);

planned(
  'minors wait for a running order in the level that they would be merged into',
  `
  minors:
    9: a-z 50
    8: a-z 50
    7: a-z 50
    6: a-z 50
  level 5:
    1: a-m 20
  level 6:
    2: a-m 500
  leased:
    level 5: a-m
    level 6: a-m
`,
  `
  nothing
  not 4 minors: level 5 is held by a running order
  not level 5: within its target
`,
);

planned(
  'but not for ever: at twice the trigger they go into the level above',
  `
  minors:
    13: a-z 50
    12: a-z 50
    11: a-z 50
    10: a-z 50
    9: a-z 50
    8: a-z 50
    7: a-z 50
    6: a-z 50
  level 5:
    1: a-m 20
  level 6:
    2: a-m 500
  leased:
    level 5: a-m
    level 6: a-m
`,
  'minor: minors 6 7 8 9 10 11 12 13 -> level 4 a-z',
);

planned(
  'data on its way into a deeper level keeps the tombstones above it',
  `
  level 4:
    1: a-d 60 tombstones 10
  level 5:
    2: c-d 90
  leased:
    level 6: d-f
`,
  'regular: level 4: 1 + level 5: 2 -> level 5 a-d',
);

planned(
  'a Regular order keeps clear of what is being written below',
  `
  level 5:
    1: a-f 60
    2: g-m 60
    3: n-z 60
  level 6:
    4: a-f 400
    5: g-m 200
    6: n-z 500
  leased:
    level 6: g-h
`,
  'regular: level 5: 1 + level 6: 4 -> level 6 a-f, drops tombstones',
);

planned(
  'a level of which all is held gives no order',
  `
  level 5:
    1: a-f 60
    2: g-m 60
  level 6:
    4: a-f 400
    5: g-m 200
  leased:
    level 6: a-m
`,
  `
  nothing
  not level 5: all of it is held by running orders
`,
);

planned(
  'an order that would grow over what is held elsewhere stops above it',
  `
  minors:
    9: c-d 50
    8: c-d 50
    7: c-d 50
    6: c-d 50
    5: a-b 50
  level 6:
    1: a-f 100
  leased:
    minor: a-b
    level 5: a-b
`,
  `
  nothing
  not 5 minors, 1 of them held by running orders: level 6 is held by a running order
`,
);

planned(
  'small neighbours are left alone while one of them is being merged',
  `
  level 6:
    2: c-d 10
    3: e-f 10
    4: g-h 10
    5: i-j 10
    6: k-l 10
    7: m-n 10
    8: o-p 10
    9: q-r 10
  leased:
    level 6: i-j
`,
  'nothing',
);
