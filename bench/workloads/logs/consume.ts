import { random } from '../../data.ts';
import { inFlight, type Measured, measure } from '../../measure.ts';
import type { LogStore } from '../../subjects/log.ts';
import { SUBJECTS } from '../../subjects/subject.ts';
import { BATCH, type Context, type Workload } from '../workload.ts';
import { FIRST_TIME, LARGE_VALUE, LOG_KEY_BYTES, READ_ON } from './records.ts';

/** Everything from the start, and a little from somewhere in the middle, of a log that has settled. */
export const consume: Workload = {
  name: 'consume',
  rows: ['consume', 'consume loop', 'seek offset', 'seek time'],
  durabilities: ['none'],
  subjects: SUBJECTS,
  async run(context) {
    const log = await context.openLog();
    await fill(log, context);
    // Whoever is measured first would pay for everybody's start.
    await log.readAll();
    const { wants, report } = context;
    const bytes = LOG_KEY_BYTES + LARGE_VALUE;
    if (wants('consume')) report('consume', await whole(() => log.readAll(), context), bytes);
    if (wants('consume loop')) report('consume loop', await whole(() => log.loop(), context), bytes);
    if (wants('seek offset')) report('seek offset', await seeks((offset) => log.readFrom(offset, READ_ON), context), READ_ON * bytes);
    if (wants('seek time')) report('seek time', await seeks((offset) => readFromTime(log, offset), context), READ_ON * bytes);
    await log.close();
  },
};

async function fill(log: LogStore, { data, sizes: { entries } }: Context): Promise<void> {
  for (let at = 0; at < entries; at += BATCH) {
    const records = data.records(at, Math.min(BATCH, entries - at), LARGE_VALUE);
    await log.appendMany(records.map((record, i) => ({ ...record, timestamp: FIRST_TIME + at + i })));
  }
  await log.settle();
}

/** Records are a millisecond apart; where there is no time, their number stands for it. */
function readFromTime(log: LogStore, offset: number): Promise<number> | number {
  return log.readFromTime === undefined ? log.readFrom(offset, READ_ON) : log.readFromTime(FIRST_TIME + offset, READ_ON);
}

function whole(read: () => Promise<number>, { sizes }: Context): Promise<Measured> {
  return measure(async () => {
    const records = await read();
    if (records !== sizes.entries) throw new Error(`A reader saw ${records} of ${sizes.entries} records.`);
    return records;
  });
}

/** One reader after the other. */
function seeks(read: (offset: number) => Promise<number> | number, { sizes: { entries, limitMs } }: Context): Promise<Measured> {
  const next = random(4);
  const offsets = Array.from({ length: entries }, () => Math.floor(next() * (entries - READ_ON)));
  return measure(() =>
    inFlight({ lanes: 1, count: entries, limitMs }, async (n) => {
      if ((await read(offsets[n])) !== READ_ON) throw new Error(`There were not ${READ_ON} records from ${offsets[n]} on.`);
    }),
  );
}
