import type { MachineId } from '../../machines/index.ts';

/** What each machine is for, in two sentences. */
export const PURPOSES: Readonly<Record<MachineId, string>> = {
  engine:
    'The life of an engine, and the supervisor of everything that runs in it. It opens the store, starts the other actors, opens LevelDB again when a write to it failed, and closes in order, at the latest when the deadline of a `Shutdown` passes.',
  mailbox:
    'The only door to the compactors: it ranks and coalesces work, hands it out, and answers every request exactly once. The chart says when it is open; what it decides is in plain functions (`machines/mailbox/queue.ts`, `dispatch.ts`, `changes.ts`).',
  compactor:
    'Waits for a ticket, runs it, settles it, and waits again: a flush, a slice of a compaction, a collection of garbage, a phase of a log. After a failure it backs off, and it leaves `working` only when the job has settled, so that a reply can be late but never lost.',
  'log-compactor':
    'Compacts one partition of a topic, from the moment a run is wanted until it is idle again. Each phase is a ticket in the mailbox; a failure keeps all data, and begins a new run after a back-off.',
  tablet:
    'The sole writer of the manifest: one change of the tree at a time, each one atomic and synced. After a failed write nothing more is acknowledged until the engine has opened LevelDB again.',
  worker:
    'One thread: started by the first job, lent to one compactor at a time, started again after it died. Every death in a row makes the next start wait longer.',
  writer:
    'Group commit: one group of writes is under way at a time, and the callers of the next gather meanwhile. It slows down as memory or unpaid compaction comes near its limit, waits at the limit, and tries the log again after a write that failed.',
};
