import { messageOf } from '../protocol/errors.ts';
import type { EngineEvent } from '../protocol/events.ts';

type Sentences = { readonly [T in EngineEvent['type']]: (event: Extract<EngineEvent, { type: T }>) => string };

/** Of every event what a person wants to read in a log; the numbers are in the details, too. */
const SENTENCES: Sentences = {
  opened: ({ location, replayedEntries, ms }) =>
    `The store at ${location} is open after ${whole(ms)} ms; ${replayedEntries} entries were in its log.`,
  memtableSealed: ({ memtable, entries, reason }) => `Memtable ${memtable} is sealed with ${entries} entries: ${reason}.`,
  jobStarted: ({ compactor, job, reason }) => `${compactor} begins a ${job} job: ${ended(reason)}`,
  jobSettled: ({ compactor, job, outcome, ms, error }) =>
    error === undefined
      ? `The ${job} job of ${compactor} is ${outcome} after ${whole(ms)} ms.`
      : `The ${job} job of ${compactor} failed after ${whole(ms)} ms: ${ended(messageOf(error))}`,
  compacted: ({ kind, inputBlobs, outputBlobs, bytesRead, bytesWritten, reason }) =>
    `A ${kind} compaction made ${outputBlobs.length} blobs (${bytesWritten} bytes) of ${inputBlobs.length} (${bytesRead} bytes read): ${ended(reason)}`,
  ingested: ({ entries, blobs, ms }) => `${entries} entries were ingested as ${blobs.length} blobs in ${whole(ms)} ms.`,
  collected: ({ blobIds, bytes }) => `${blobIds.length} obsolete blobs with ${bytes} bytes were deleted.`,
  replied: ({ to, id, ok, ms }) => `Request ${id} (${to}) ${ok ? 'is done' : 'failed'} after ${whole(ms)} ms.`,
  writersSlowed: ({ reason }) => `Writes take longer from now on: ${ended(reason)}`,
  writersWaiting: ({ reason }) => `Writers stand still: ${ended(reason)}`,
  writersResumed: ({ waitedMs, reason }) => `Writers go on after ${whole(waitedMs)} ms; what held them up: ${ended(reason)}`,
  logCompactionStarted: ({ dirtyBytes, totalBytes, reason, ...where }) =>
    `${partition(where)} is being compacted, ${dirtyBytes} of ${totalBytes} bytes for the first time: ${ended(reason)}`,
  logPass: ({ pass, from, end, ...where }) => `Pass ${pass} over ${partition(where)} takes offsets ${from} to ${end}.`,
  logCompacted: ({ bytesBefore, bytesAfter, passes, ms, ...where }) =>
    `${partition(where)} was compacted from ${bytesBefore} to ${bytesAfter} bytes, in ${passes} passes and ${whole(ms)} ms.`,
  logCompactionFailed: ({ phase, error, ...where }) =>
    `Compacting ${partition(where)} failed (${phase}); all data is kept: ${ended(messageOf(error))}`,
  groupHoldsLog: ({ group, lag, expired, ...where }) =>
    expired
      ? `Group ${group} is ${lag} records behind in ${partition(where)} and too long idle: they are not kept for it any more.`
      : `Group ${group} is ${lag} records behind in ${partition(where)}: they are kept for it.`,
  producersWaiting: ({ reason, ...where }) => `Producers of ${partition(where)} are held back: ${ended(reason)}`,
  producersResumed: ({ waitedMs, reason, ...where }) =>
    `Producers of ${partition(where)} go on after ${whole(waitedMs)} ms: ${ended(reason)}`,
  workerStarted: ({ worker }) => `Thread ${worker} is there.`,
  workerDied: ({ worker, restartMs, error }) => `Thread ${worker} died and is started again in ${restartMs} ms: ${ended(messageOf(error))}`,
  backingOff: ({ compactor, ms, error }) => `${compactor} pauses for ${ms} ms after a failure: ${ended(messageOf(error))}`,
  storageFailed: ({ error }) => `A write to LevelDB failed, and it is opened again: ${ended(messageOf(error))}`,
  storageRecovered: ({ waitedMs }) => `LevelDB is open again after ${whole(waitedMs)} ms.`,
  recorderDumped: ({ path, reason }) => `What was recorded until ${reason} is in ${path}.`,
  closed: ({ refused, aborted }) => `The store is closed; ${refused} requests were refused and ${aborted} jobs cut off.`,
};

export function sentenceOf(event: EngineEvent): string {
  // The table has for every type the function that takes its event; TypeScript cannot follow that over a union.
  const sentence = SENTENCES[event.type] as (event: EngineEvent) => string;
  return sentence(event);
}

function partition(at: { readonly topic: string; readonly partition: number }): string {
  return `${at.topic}/${at.partition}`;
}

function whole(ms: number): string {
  return String(Math.round(ms));
}

/** Reasons and messages are sentences with or without their full stop. */
function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
