import { planned } from './support/scenario.ts';

planned(
  'levels within their targets are left alone',
  `
  level 5:
    1: a-z 100
  level 6:
    2: a-m 500
    3: n-z 500
`,
  `
  nothing
  not level 5: within its target
`,
);

planned(
  'from an over-full level the table goes that costs least below',
  `
  level 5:
    1: a-f 60
    2: g-m 60
    3: n-z 60
  level 6:
    4: a-c 400
    5: d-f 400
    6: h-j 200
    7: p-z 500
`,
  'regular: level 5: 2 + level 6: 6 -> level 6 g-m, drops tombstones',
);

planned(
  'of equals the first behind the pointer goes',
  `
  pointer 5: f
  level 5:
    1: a-f 60
    2: g-m 60
    3: n-z 60
  level 6:
    4: a-f 300
    5: g-m 300
    6: n-z 300
`,
  'regular: level 5: 2 + level 6: 5 -> level 6 g-m, drops tombstones',
);

planned(
  'a table above nothing only changes its place',
  `
  level 5:
    1: a-f 60
    2: g-m 60
  level 6:
    3: a-c 300
    4: n-z 300
`,
  'regular: level 5: 2 move level 6 g-m, drops tombstones',
);

planned(
  'small neighbours sink together, and source tables inside the range come for free',
  `
  level 5:
    1: b-c 40
    2: d-e 40
    3: f-g 90
    4: h-k 90
  level 6:
    5: a-i 900
    6: x-z 100
`,
  'regular: level 5: 1 2 3 + level 6: 5 -> level 6 a-i, drops tombstones',
);

planned(
  'what stands deeper keeps the tombstones',
  `
  level 4:
    1: a-m 60
  level 5:
    2: c-d 90
  level 6:
    3: a-f 900
`,
  'regular: level 4: 1 + level 5: 2 -> level 5 a-m',
);

planned(
  'deeper data outside of the range does not keep them',
  `
  level 4:
    1: a-d 60 tombstones 10
  level 5:
    2: c-d 90
  level 6:
    3: e-f 900
`,
  'regular: level 4: 1 + level 5: 2 -> level 5 a-d, drops tombstones',
);

planned(
  'tombstones weigh as much as what they can free',
  `
  level 5:
    1: a-m 20 entries 200 tombstones 200
  level 6:
    2: a-g 500
    3: h-z 500
`,
  'regular: level 5: 1 + level 6: 2 3 -> level 6 a-z, drops tombstones',
);

planned(
  'when the last level has shrunk, what is above follows',
  `
  level 5:
    1: a-m 90
    2: n-z 90
  level 6:
    3: a-c 10
`,
  'regular: level 5: 2 move level 6 n-z, drops tombstones',
);
