import type { Offset } from '../../protocol/log.ts';
import type { AgeJob } from '../../storage/jobs/job.ts';
import type { LogCatalog } from '../../storage/log/catalog.ts';
import type { LogTail } from '../../storage/log/log-tail.ts';
import { logKey, type PartitionId } from '../../storage/log/part.ts';
import type { Core } from '../core.ts';
import type { TicketContext } from '../tickets/context.ts';

/** Of these records in memory, those that no part holds, by partition; topics that were dropped have none. */
export function rangesToAge({ partitions }: LogCatalog, tails: Iterable<LogTail>): AgeJob['ranges'] {
  const ranges = [];
  for (const { topic, partition, first, last } of tails) {
    const state = partitions.get(logKey(topic, partition));
    const from = Math.max(first, state?.agedTo ?? Number.POSITIVE_INFINITY);
    if (from <= last) ranges.push({ topic, partition, from, to: last + 1 });
  }
  return ranges;
}

/** All records of the partition that are in memory become a part; returns the last that is in any, undefined: none is. */
export async function agePartition(core: Core, id: PartitionId, context: TicketContext, reason: string): Promise<Offset | undefined> {
  const { memtables, tablet, topics, writer } = core;
  const { topic, partition } = id;
  const tables = memtables.logs.filter((table) => table.tail(topic, partition) !== undefined);
  const tails = tables.flatMap((table) => table.tail(topic, partition) ?? []);
  const ranges = rangesToAge(tablet.logs, tails);
  // Of a large write that is still coming into memory nobody sees anything before it is all there.
  const to = Math.min(ranges.at(-1)?.to ?? 0, topics.next(topic, partition));
  if (ranges.length > 0 && ranges[0].from < to) {
    const range = { topic, partition, from: ranges[0].from, to };
    const shared = tables.map((table) => table.sharedFrom(id, range.from));
    // A part is on disk for good: it must not outlive, in a power loss, what was written together with its records.
    await writer.sync();
    const aged = await context.job(tablet.ageJob(shared, [range]), reason);
    const added = aged.parts.map(({ part }) => part);
    await tablet.commitLog({ changes: [{ topic, partition, removed: [], added, agedTo: range.to }] }, 'records were aged');
  }
  return topics.state(topic, partition).parts.at(-1)?.lastOffset;
}
