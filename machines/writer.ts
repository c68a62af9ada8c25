import { assign, fromPromise, setup } from 'xstate';
import type { LithifyError } from '../protocol/errors.ts';

export type WriterEvent =
  /** Groups wait; sent once when the writer was idle, never once a key. */
  { type: 'Submitted' } | { type: 'Close' };

export interface WriterContext {
  readonly commits: number;
  readonly error: LithifyError | undefined;
  /** Close was seen: what was submitted is committed, then the log is closed. */
  readonly closing: boolean;
}

/** What one round of the writer found. */
export interface CommitResult {
  /** Groups still wait. */
  readonly more: boolean;
  /** The head group needs a memtable, and memory is at its limit. */
  readonly full: boolean;
  /** The head group is no write: it needs the writer for itself. */
  readonly exclusive?: boolean;
  /** The head group was refused with this. */
  readonly error?: LithifyError;
}

/**
 * Group commit: one group is under way at a time, the callers of the next gather meanwhile. It commits, goes slower as
 * memory or compaction comes near its limit, waits there, and after a failed write tries the log again with the next group.
 */
export const writerMachine = setup({
  types: { context: {} as WriterContext, events: {} as WriterEvent },
  actors: {
    commitGroup: fromPromise<CommitResult>(() => Promise.reject(new Error('not provided'))),
    /** Resolves when there is room; rejects with the error of what fails to make it, which refuses all who wait. */
    waitForRoom: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Sleeps for a moment, because memory or compaction is near its limit. */
    pause: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Resolves when nothing is in memory any more; rejects with what keeps it there. */
    emptyMemory: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Its failures are its caller's. */
    runExclusive: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    closeLog: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
  },
  actions: {
    countCommit: assign({ commits: ({ context }) => context.commits + 1 }),
    noteError: assign({ error: (_, params: { error: LithifyError | undefined }) => params.error }),
    noteClosing: assign({ closing: true }),
    announceWaiting: () => {},
    announceResumed: () => {},
    announceExclusive: () => {},
    refuseHead: (_, _params: { error: LithifyError }) => {},
    refuseLate: () => {},
    announceClosed: () => {},
    refuseAll: (_, _params: { error: LithifyError }) => {},
  },
  guards: {
    hasFailed: (_, { result }: { result: CommitResult }) => result.error !== undefined,
    isFull: (_, { result }: { result: CommitResult }) => result.full,
    isExclusive: (_, { result }: { result: CommitResult }) => result.exclusive === true,
    hasMore: (_, { result }: { result: CommitResult }) => result.more,
    hasGroups: () => false,
    /** What was written is to be slept for, and nobody is in a hurry. */
    owes: () => false,
    isClosing: ({ context }) => context.closing,
  },
  delays: {
    /** An exclusive moment that is shorter is nothing to talk about. */
    moment: 50,
  },
}).createMachine({
  id: 'writer',
  context: { commits: 0, error: undefined, closing: false },
  initial: 'idle',
  on: { Close: { actions: 'noteClosing' } },
  states: {
    idle: {
      on: { Submitted: 'committing', Close: { target: 'closing', actions: 'noteClosing' } },
    },
    committing: {
      invoke: {
        id: 'commit',
        src: 'commitGroup',
        onDone: [
          {
            guard: { type: 'hasFailed', params: resultOf },
            target: 'faulted',
            actions: { type: 'noteError', params: ({ event }) => ({ error: event.output.error }) },
          },
          { guard: { type: 'isFull', params: resultOf }, target: 'waiting' },
          { guard: { type: 'isExclusive', params: resultOf }, target: 'exclusive' },
          { guard: 'owes', target: 'slowing', actions: 'countCommit' },
          { guard: { type: 'hasMore', params: resultOf }, target: 'committing', reenter: true, actions: 'countCommit' },
          { target: 'deciding', actions: 'countCommit' },
        ],
        onError: {
          target: 'faulted',
          actions: [
            { type: 'noteError', params: errorOf },
            { type: 'refuseAll', params: errorOf },
          ],
        },
      },
    },
    /** Groups may have come while the last one settled. */
    deciding: {
      always: [{ guard: 'hasGroups', target: 'committing' }, { guard: 'isClosing', target: 'closing' }, { target: 'idle' }],
    },
    /** The nearer to a limit, the longer a commit has to take; a moment at a time, since there may be room after it. */
    slowing: {
      on: { Close: { target: 'deciding', actions: 'noteClosing' } },
      invoke: {
        id: 'pause',
        src: 'pause',
        onDone: [{ guard: 'owes', target: 'slowing', reenter: true }, { target: 'deciding' }],
        onError: { target: 'deciding', actions: { type: 'noteError', params: errorOf } },
      },
    },
    /** Memory is at its limit: writers wait until a flush has made room. */
    waiting: {
      entry: 'announceWaiting',
      exit: 'announceResumed',
      always: { guard: 'isClosing', target: 'closing' },
      on: { Close: { target: 'closing', actions: 'noteClosing' } },
      invoke: {
        id: 'room',
        src: 'waitForRoom',
        onDone: 'committing',
        onError: {
          target: 'faulted',
          actions: [
            { type: 'noteError', params: errorOf },
            { type: 'refuseAll', params: errorOf },
          ],
        },
      },
    },
    /** Somebody needs a moment in which nothing is in memory and nothing is committed; writers wait for its end. */
    exclusive: {
      after: { moment: { actions: 'announceExclusive' } },
      exit: 'announceResumed',
      initial: 'emptying',
      states: {
        emptying: {
          always: { guard: 'isClosing', target: '#writer.closing' },
          invoke: {
            id: 'empty',
            src: 'emptyMemory',
            onDone: 'running',
            onError: {
              target: '#writer.faulted',
              actions: [
                { type: 'noteError', params: errorOf },
                { type: 'refuseHead', params: errorOf },
              ],
            },
          },
        },
        /** Left only when it has ended: what it does cannot be taken back. */
        running: {
          invoke: {
            id: 'exclusive',
            src: 'runExclusive',
            onDone: '#writer.deciding',
            onError: { target: '#writer.faulted', actions: { type: 'noteError', params: errorOf } },
          },
        },
      },
    },
    /** The last write was refused. The log was cut back to what is acknowledged; the next group tries again. */
    faulted: {
      always: [
        { guard: 'hasGroups', target: 'committing' },
        { guard: 'isClosing', target: 'closing' },
      ],
      on: { Submitted: 'committing', Close: { target: 'closing', actions: 'noteClosing' } },
    },
    /** No memory, or nothing left to commit: who still waits is refused. */
    closing: {
      entry: 'refuseLate',
      invoke: {
        id: 'close',
        src: 'closeLog',
        onDone: 'closed',
        onError: { target: 'closed', actions: { type: 'noteError', params: errorOf } },
      },
    },
    closed: { entry: 'announceClosed' },
  },
});

function resultOf({ event }: { event: { output: CommitResult } }): { result: CommitResult } {
  return { result: event.output };
}

/** The writer's actors reject with coded errors only. */
function errorOf({ event }: { event: { error: unknown } }): { error: LithifyError } {
  return { error: event.error as LithifyError };
}
