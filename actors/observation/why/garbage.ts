import type { LeaseInfo } from '../../../protocol/shape.ts';
import type { Reason } from '../../../protocol/why.ts';
import type { BlobFacts, CollectionFacts, GarbageFacts } from './blob-facts.ts';
import { reason } from './explanation.ts';
import { engineReasons } from './pauses.ts';
import { bytesText, countText, timeText, withArticle, withoutStop } from './words.ts';
import { whereIs } from './work.ts';

/** Why garbage is still there: somebody sees it, or its collection has not come yet. Pure. */
export function garbageReason({ id, isStored, around }: BlobFacts, garbage: GarbageFacts): Reason {
  const { bytes, since, holders, collection } = garbage;
  const details = { bytes, since };
  if (holders.length > 0) {
    return reason('garbage', `Blob ${id} (${bytesText(bytes)}) has been garbage since version ${since}, and is still there`, details, {
      because: holders.map(pinned),
    });
  }
  const because = whyNotCollected(around, collection);
  if (isStored === false)
    return reason(
      'space-not-given-back',
      `Blob ${id} (${bytesText(bytes)}) is deleted, but LevelDB has not given its space back`,
      details,
      { because },
    );
  const sentence = `Blob ${id} (${bytesText(bytes)}) has been garbage since version ${since}, nobody sees it any more, and it is still there`;
  return reason('garbage', sentence, details, { because });
}

function pinned({ owner, ageMs, version, pinnedBlobs, pinnedBytes }: LeaseInfo): Reason {
  const sentence = `${withArticle(owner)}, begun ${timeText(ageMs)} ago, still reads version ${version} and pins ${countText(pinnedBlobs, 'blob')} (${bytesText(pinnedBytes)})`;
  const details = { owner, ageMs, version, pinnedBlobs, pinnedBytes };
  return reason('pinned-by-lease', sentence, details, { remedy: `It is deleted when that ${owner} goes on or ends.` });
}

function whyNotCollected(around: BlobFacts['around'], facts: CollectionFacts): Reason[] {
  const tickets = whereIs(around, ({ kind }) => kind === 'collect').map(asCollection);
  const failed = facts.failing === undefined ? [] : [failedReason(facts.failing)];
  if (tickets.length > 0) return [...failed, ...tickets];
  const pauses = engineReasons(around);
  if (failed.length + pauses.length > 0) return [...failed, ...pauses];
  return [tooLittle(facts)];
}

/** The ticket's reason, by a code that says what it is. */
function asCollection(one: Reason): Reason {
  return { ...one, code: one.code === 'work-runs' ? 'collection-runs' : 'collection-waits' };
}

function failedReason({ forMs, code, message }: NonNullable<CollectionFacts['failing']>): Reason {
  const sentence = `collections have failed for ${timeText(forMs)}: ${withoutStop(message)}`;
  return reason('collection-failed', sentence, { forMs, errorCode: code, error: message }, { remedy: 'It is tried again by itself.' });
}

function tooLittle({ deletableBytes, startsAtBytes, isTidying }: CollectionFacts): Reason {
  const when = isTidying ? 'what is left is deleted after a moment of rest' : 'it waits until more has come or the store has come to rest';
  const sentence = `all garbage is ${bytesText(deletableBytes)}, and a collection starts at ${bytesText(startsAtBytes)}; ${when}`;
  return reason(
    'too-little-garbage',
    sentence,
    { deletableBytes, startsAtBytes, isTidying },
    { remedy: 'A GarbageCollect deletes it now.' },
  );
}
