import type { Reason } from '../../../protocol/why.ts';
import type { LogFacts, LogRules } from './blob-facts.ts';
import { reason } from './explanation.ts';
import { bytesText, countText, timeText, withoutStop } from './words.ts';

/** Records of a topic in a blob, and why they are kept. Pure. `sharing`: how many partitions share the blob. */
export function logReason(id: number, log: LogFacts, sharing: number): Reason {
  const shared = sharing > 1 ? `; ${countText(sharing, 'partition')} share the blob` : '';
  const sentence = `Blob ${id} holds ${countText(log.records, 'record')} of ${partitionText(log)}, offsets ${log.firstOffset} to ${log.lastOffset}, ${bytesText(log.bytes)}${shared}`;
  return reason('live-in-log', sentence, detailsOf(log), { because: whyKept(log) });
}

/** A large value is kept as long as its record. */
export function valueReason(id: number, log: LogFacts): Reason {
  return reason(
    'value-of-record',
    `Blob ${id} is a large value of a record of ${partitionText(log)}, and stays as long as that`,
    detailsOf(log),
    {
      because: whyKept(log),
    },
  );
}

function partitionText({ topic, partition }: LogFacts): string {
  return `topic '${topic}', partition ${partition}`;
}

function detailsOf({ topic, partition, records, bytes, firstOffset, lastOffset, isCompacted }: LogFacts): Reason['details'] {
  return { topic, partition, records, bytes, firstOffset, lastOffset, isCompacted };
}

function whyKept({ topic, isCompacted, rules }: LogFacts): Reason[] {
  if (rules === undefined) {
    return [
      reason(
        'log-not-registered',
        `topic '${topic}' is not registered for compaction in this process, so all of it is kept`,
        { topic },
        {
          remedy: 'engine.topic(name, { compaction }) says how it is compacted; topic.drop() deletes it.',
        },
      ),
    ];
  }
  const unread = rules.unreadBy.map(unreadReason);
  return [...unread, isCompacted ? keptReason(rules) : dirtyReason(topic, rules)];
}

function unreadReason({ group, committed }: LogRules['unreadBy'][number]): Reason {
  const far = committed === undefined ? 'has committed nothing yet' : `has read up to offset ${committed} only`;
  return reason(
    'log-keeps-unread',
    `group '${group}', which is waited for, ${far}`,
    { group, committed: committed ?? -1 },
    {
      remedy: 'Let the group read on, take it out of keepUnreadBy, or give it a groupExpiryMs.',
    },
  );
}

function keptReason({ hasStrategy, maxAgeMs, maxBytes }: LogRules): Reason {
  const rules = [
    ...(hasStrategy ? ['its strategy'] : []),
    ...(maxAgeMs === undefined ? [] : [`maxAgeMs (${timeText(maxAgeMs)})`]),
    ...(maxBytes === undefined ? [] : [`maxBytes (${bytesText(maxBytes)})`]),
  ];
  const by = rules.length === 0 ? 'no rule lets go of any record' : `the last compaction kept it by ${rules.join(', ')}`;
  return reason('log-keeps-latest', by, {
    hasStrategy,
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(maxBytes !== undefined && { maxBytes }),
  });
}

function dirtyReason(topic: string, rules: LogRules): Reason {
  const { dirtyBytes, totalBytes, compactionThreshold, minDirtyRatio, state, error } = rules;
  const starts = Math.max(compactionThreshold, minDirtyRatio * totalBytes);
  const failed = error === undefined ? '' : `; the last run failed: ${withoutStop(error.message)}`;
  const due = state === 'idle' ? `a run starts at ${bytesText(starts)}` : `a run is going (${state})`;
  const sentence = `no compaction has seen ${bytesText(dirtyBytes)} of the partition's ${bytesText(totalBytes)}, this among them; ${due}${failed}`;
  const details = { dirtyBytes, totalBytes, startsAtBytes: starts, state, ...(error && { errorCode: error.code, error: error.message }) };
  return reason('log-not-compacted', sentence, details, { remedy: `engine.topic('${topic}').compact() runs one now.` });
}
