import { ENTRY_BYTES } from '../data.ts';
import { inFlight, measure } from '../measure.ts';
import { SUBJECTS } from '../subjects/subject.ts';
import { BATCH, IN_FLIGHT, type Workload } from './workload.ts';

/** Single puts of random keys, many in flight, into an empty store. */
export const put: Workload = {
  name: 'put',
  rows: ['put'],
  durabilities: ['fsync', 'os'],
  subjects: SUBJECTS,
  async run({ sizes: { entries, limitMs }, data, open, report }) {
    const pairs = data.pairs(0, entries);
    const store = await open();
    const measured = await measure(() =>
      inFlight({ lanes: IN_FLIGHT, count: entries, limitMs }, (n) => store.put(pairs[n][0], pairs[n][1])),
    );
    report('put', measured, ENTRY_BYTES);
    await store.close();
  },
};

/** Batches of random keys, one after the other, into an empty store. */
export const batch: Workload = {
  name: 'batch',
  rows: ['batch'],
  durabilities: ['fsync', 'os'],
  subjects: SUBJECTS,
  async run({ sizes: { entries, limitMs }, data, open, report }) {
    const batches = Array.from({ length: Math.ceil(entries / BATCH) }, (_, i) =>
      data.pairs(i * BATCH, Math.min(BATCH, entries - i * BATCH)),
    );
    const store = await open();
    const written = async (): Promise<number> => {
      const count = await inFlight({ lanes: 1, count: batches.length, limitMs }, (n) => store.batch(batches[n]));
      return batches.slice(0, count).reduce((sum, { length }) => sum + length, 0);
    };
    report('batch', await measure(written), ENTRY_BYTES);
    await store.close();
  },
};
