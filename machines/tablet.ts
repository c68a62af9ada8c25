import { assign, fromPromise, setup } from 'xstate';
import type { LithifyError } from '../protocol/errors.ts';

export type TabletEvent =
  /** A change of the tree waits to be written; `what` is for people who watch. */
  { type: 'Commit'; commitId: number; what: string } | { type: 'Reopen' } | { type: 'Close' };

export interface TabletContext {
  readonly waiting: readonly { readonly commitId: number; readonly what: string }[];
  readonly commits: number;
  readonly error: LithifyError | undefined;
  /** Close was seen: what came before it is still written. */
  readonly closing: boolean;
}

/** Sole writer of the manifest: one change at a time, each one atomic and synced. */
export const tabletMachine = setup({
  types: { context: {} as TabletContext, events: {} as TabletEvent },
  actors: {
    /** Writes the edit with this id and applies it. */
    writeManifest: fromPromise<void, { commitId: number }>(() => Promise.reject(new Error('not provided'))),
  },
  actions: {
    enqueue: assign({
      waiting: ({ context, event }) =>
        event.type === 'Commit' ? [...context.waiting, { commitId: event.commitId, what: event.what }] : context.waiting,
    }),
    dequeue: assign({ waiting: ({ context }) => context.waiting.slice(1), commits: ({ context }) => context.commits + 1 }),
    noteError: assign({ error: (_, params: { error: LithifyError }) => params.error }),
    forgetError: assign({ error: undefined, waiting: [] }),
    noteClosing: assign({ closing: true }),
    resolveCommit: (_, _params: { commitId: number }) => {},
    rejectAll: (_, _params: { commitIds: readonly number[]; error: LithifyError }) => {},
    rejectCommit: () => {},
  },
  guards: { hasWork: ({ context }) => context.waiting.length > 0, isClosing: ({ context }) => context.closing },
}).createMachine({
  id: 'tablet',
  context: { waiting: [], commits: 0, error: undefined, closing: false },
  initial: 'settled',
  states: {
    settled: {
      always: [
        { guard: 'hasWork', target: 'committing' },
        { guard: 'isClosing', target: 'closed' },
      ],
      on: { Commit: { actions: 'enqueue' }, Close: 'closed' },
    },
    committing: {
      on: { Commit: { actions: 'enqueue' }, Close: { actions: 'noteClosing' } },
      invoke: {
        id: 'write',
        src: 'writeManifest',
        input: ({ context }) => ({ commitId: context.waiting[0].commitId }),
        onDone: {
          target: 'settled',
          // In this order: the commit that is done is the first one until it is dequeued.
          actions: [{ type: 'resolveCommit', params: ({ context }) => ({ commitId: context.waiting[0].commitId }) }, 'dequeue'],
        },
        onError: {
          target: 'poisoned',
          actions: [
            { type: 'noteError', params: ({ event }) => ({ error: errorIn(event) }) },
            {
              type: 'rejectAll',
              params: ({ context, event }) => ({ commitIds: context.waiting.map((one) => one.commitId), error: errorIn(event) }),
            },
          ],
        },
      },
    },
    /** One failed write, and nothing more is acknowledged through this handle: LevelDB would answer OK and lose it. */
    poisoned: {
      on: {
        Commit: { actions: 'rejectCommit' },
        Reopen: { target: 'settled', actions: 'forgetError' },
        Close: 'closed',
      },
    },
    closed: { on: { Commit: { actions: 'rejectCommit' } } },
  },
});

/** The write actor rejects with a coded error only. */
function errorIn(event: { error: unknown }): LithifyError {
  return event.error as LithifyError;
}
