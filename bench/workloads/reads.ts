import { ENTRY_BYTES, random } from '../data.ts';
import { inFlight, type Measured, measure } from '../measure.ts';
import { type Store, SUBJECTS } from '../subjects/subject.ts';
import { type Context, IN_FLIGHT, load, type Workload } from './workload.ts';

/** Random keys that are all there, and whole scans, on a store that has settled. */
export const reads: Workload = {
  name: 'reads',
  rows: ['get', 'getSync', 'scan', 'loop'],
  durabilities: ['none'],
  subjects: SUBJECTS,
  async run(context) {
    const store = await context.open();
    await load(store, context);
    if (context.wants('get')) context.report('get', await gets(store, context), ENTRY_BYTES);
    if (context.wants('getSync')) context.report('getSync', await getSyncs(store, context), ENTRY_BYTES);
    if (context.wants('scan')) context.report('scan', await whole(() => store.scan(), context), ENTRY_BYTES);
    if (context.wants('loop')) context.report('loop', await whole(() => store.loop(), context), ENTRY_BYTES);
    await store.close();
  },
};

function keysOf({ data, sizes }: Context, seed: number): Uint8Array[] {
  const next = random(seed);
  return Array.from({ length: sizes.entries }, () => data.key(Math.floor(next() * sizes.entries)));
}

function gets(store: Store, context: Context): Promise<Measured> {
  const keys = keysOf(context, 2);
  const { limitMs } = context.sizes;
  return measure(() =>
    inFlight({ lanes: IN_FLIGHT, count: keys.length, limitMs }, async (n) => {
      if ((await store.get(keys[n])) === undefined) throw missing(n);
    }),
  );
}

function getSyncs(store: Store, context: Context): Promise<Measured> {
  const keys = keysOf(context, 3);
  const { limitMs } = context.sizes;
  return measure(() =>
    inFlight({ lanes: 1, count: keys.length, limitMs }, (n) => {
      if (store.getSync(keys[n]) === undefined) throw missing(n);
    }),
  );
}

function whole(scan: () => Promise<number>, { sizes }: Context): Promise<Measured> {
  return measure(async () => {
    const entries = await scan();
    if (entries !== sizes.entries) throw new Error(`A scan saw ${entries} of ${sizes.entries} entries.`);
    return entries;
  });
}

function missing(n: number): Error {
  return new Error(`The ${n}th key that was looked up is missing.`);
}
