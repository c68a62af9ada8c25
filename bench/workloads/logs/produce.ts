import { inFlight, measure } from '../../measure.ts';
import { SUBJECTS } from '../../subjects/subject.ts';
import { BATCH, IN_FLIGHT, type Workload } from '../workload.ts';
import { LOG_KEY_BYTES } from './records.ts';

/** Single records, many in flight, appended to an empty log. */
export function produce(valueBytes: number): Workload {
  const name = `produce ${valueBytes}`;
  return {
    name,
    rows: [name],
    durabilities: ['fsync'],
    subjects: SUBJECTS,
    async run({ sizes: { entries, limitMs }, data, openLog, report }) {
      const records = data.records(0, entries, valueBytes);
      const log = await openLog();
      const measured = await measure(() => inFlight({ lanes: IN_FLIGHT, count: entries, limitMs }, (n) => log.append(records[n])));
      report(name, measured, LOG_KEY_BYTES + valueBytes);
      await log.close();
    },
  };
}

/** Batches, one after the other. */
export function produceMany(valueBytes: number): Workload {
  const name = `produceMany ${valueBytes}`;
  return {
    name,
    rows: [name],
    durabilities: ['fsync', 'os'],
    subjects: SUBJECTS,
    async run({ sizes: { entries, limitMs }, data, openLog, report }) {
      const batches = Array.from({ length: Math.ceil(entries / BATCH) }, (_, i) =>
        data.records(i * BATCH, Math.min(BATCH, entries - i * BATCH), valueBytes),
      );
      const log = await openLog();
      const written = async (): Promise<number> => {
        const count = await inFlight({ lanes: 1, count: batches.length, limitMs }, (n) => log.appendMany(batches[n]));
        return batches.slice(0, count).reduce((sum, { length }) => sum + length, 0);
      };
      report(name, await measure(written), LOG_KEY_BYTES + valueBytes);
      await log.close();
    },
  };
}
