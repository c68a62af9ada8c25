import type { Explanation, Reason } from '../../../protocol/why.ts';
import type { BlobFacts } from './blob-facts.ts';
import { explanation, reason } from './explanation.ts';
import { garbageReason } from './garbage.ts';
import { logReason, valueReason } from './log-part.ts';
import { engineReasons } from './pauses.ts';
import { tableReason } from './table.ts';
import { listText } from './words.ts';
import { runsNow } from './work.ts';

/** Why a blob takes disk, from what is known of it. Pure. */
export function explainBlob(facts: BlobFacts): Explanation {
  const { id } = facts;
  const reasons = reasonsFor(facts);
  return explanation(`Why is blob ${id} on disk?`, reasons, `Blob ${id} is not on disk.`);
}

function reasonsFor(facts: BlobFacts): Reason[] {
  const { id, table, logs, recordOf, isStaged, garbage } = facts;
  const live: Reason[] = [
    ...(table ? [tableReason(id, table)] : []),
    ...logs.map((log) => logReason(id, log, logs.length)),
    ...(recordOf ? [valueReason(id, recordOf)] : []),
    ...(isStaged ? [stagedReason(id)] : []),
  ];
  if (live.length > 0) return live;
  if (garbage !== undefined) return [garbageReason(facts, garbage)];
  return [uncommitted(facts) ?? absent(facts)];
}

function stagedReason(id: number): Reason {
  return reason(
    'staged-value',
    `Blob ${id} is a large value whose record is only in the write-ahead log so far`,
    {},
    {
      remedy: 'A MinorCompact writes the record to a part; from then on the blob belongs to that.',
    },
  );
}

/** Somebody has written it, and no version has it yet. */
function uncommitted({ id, outputOf, ingest, isStored, around }: BlobFacts): Reason | undefined {
  if (outputOf !== undefined) {
    const { id: order, kind, done, slices } = outputOf;
    const sentence = `Blob ${id} was written by order ${order} (${kind}), which is not committed yet: ${done} of ${slices} slices are done`;
    return reason('output-of-order', sentence, { order, kind, done, slices });
  }
  if (ingest !== undefined) {
    const how = ingest.isTaking ? 'still takes pairs' : 'is being committed';
    return reason('output-of-ingest', `Blob ${id} is a table of an ingest that ${how}`, { ...ingest });
  }
  if (isStored !== true) return undefined;
  const jobs = around.queue.running.map((run) => runsNow(around, run));
  if (jobs.length > 0) {
    const of = listText(around.queue.running.map(({ compactor }) => compactor));
    return reason(
      'output-of-work',
      `Blob ${id} is stored and in no version yet: work under way on ${of} may commit it, or give it back`,
      {},
      { because: jobs },
    );
  }
  return reason(
    'nobody-knows-it',
    `Blob ${id} is stored, but no version has it: its writer is about to commit it or to give it back`,
    {},
    {
      remedy: 'What a failure left behind is deleted when the store is opened next.',
    },
  );
}

function absent({ id, wasGiven, isStored, around }: BlobFacts): Reason {
  if (!wasGiven) return reason('never-was', `Blob ${id} is not there, and no blob has ever had this id`);
  const because = isStored === undefined ? engineReasons(around) : [];
  const sentence =
    isStored === undefined
      ? `Blob ${id} is in no version; whether it is stored cannot be told now`
      : `Blob ${id} is not there: it was deleted, or never finished`;
  return reason('not-there', sentence, {}, { because });
}
