import { assign, fromCallback, fromPromise, setup } from 'xstate';
import type { LithifyError } from '../protocol/errors.ts';

export type WorkerEvent =
  /** A borrower came: it gets the thread when it is there. */
  | { type: 'Lend'; borrower: string }
  | { type: 'GiveBack' }
  /** The thread is gone, whatever took it. */
  | { type: 'Died'; error: LithifyError }
  /** LevelDB is about to be closed and opened again: let go of it; the next job starts a new thread. */
  | { type: 'Recycle' }
  | { type: 'Stop' };

export interface WorkerContext {
  readonly name: string;
  readonly borrower: string | undefined;
  readonly restarts: number;
  /** Deaths since the last job that went well. */
  readonly deaths: number;
  readonly error: LithifyError | undefined;
}

/**
 * One thread: started by the first job, lent to one compactor at a time, started again after it died, with back-off.
 * What the thread does is not this chart's business; that it is there, lent or gone is.
 */
export const workerMachine = setup({
  types: {
    context: {} as WorkerContext,
    events: {} as WorkerEvent,
    input: {} as { name: string },
  },
  actors: {
    /** Resolves when the thread has opened the store. */
    startThread: fromPromise<void, { name: string }>(() => Promise.reject(new Error('not provided'))),
    /** Sends Died when the thread ends; lives as long as the thread is wanted. */
    watchThread: fromCallback<WorkerEvent, { name: string }>(() => {}),
    /** Resolves when the thread has let go of the store and ended. Never rejects. */
    stopThread: fromPromise<void, { name: string }>(() => Promise.reject(new Error('not provided'))),
  },
  actions: {
    noteBorrower: assign({ borrower: ({ event, context }) => (event.type === 'Lend' ? event.borrower : context.borrower) }),
    dropBorrower: assign({ borrower: undefined }),
    countDeath: assign({ restarts: ({ context }) => context.restarts + 1, deaths: ({ context }) => context.deaths + 1 }),
    forgetDeaths: assign({ deaths: 0 }),
    noteError: assign({ error: (_, params: { error: LithifyError }) => params.error }),
    hand: () => {},
    fail: () => {},
    announceStart: () => {},
    announceDeath: () => {},
  },
  delays: {
    restartMs: ({ context }) => restartMsAfter(context.deaths),
  },
  guards: {
    isWanted: ({ context }) => context.borrower !== undefined,
  },
}).createMachine({
  id: 'worker',
  context: ({ input }) => ({ name: input.name, borrower: undefined, restarts: 0, deaths: 0, error: undefined }),
  initial: 'absent',
  states: {
    absent: {
      on: { Lend: { target: 'starting', actions: 'noteBorrower' }, Stop: 'stopped' },
    },
    starting: {
      invoke: {
        id: 'start',
        src: 'startThread',
        input: ({ context }) => ({ name: context.name }),
        onDone: { target: 'alive', actions: 'announceStart' },
        onError: { target: 'down', actions: { type: 'noteError', params: ({ event }) => ({ error: errorIn(event) }) } },
      },
      on: { Recycle: 'recycling', Stop: 'stopping', GiveBack: { actions: 'dropBorrower' }, Lend: { actions: 'noteBorrower' } },
    },
    alive: {
      invoke: { id: 'watch', src: 'watchThread', input: ({ context }) => ({ name: context.name }) },
      on: {
        Died: { target: 'down', actions: { type: 'noteError', params: ({ event }) => ({ error: event.error }) } },
        Recycle: 'recycling',
        Stop: 'stopping',
      },
      initial: 'deciding',
      states: {
        deciding: { always: [{ guard: 'isWanted', target: 'lent' }, { target: 'waiting' }] },
        waiting: { on: { Lend: { target: 'lent', actions: 'noteBorrower' } } },
        lent: { entry: 'hand', on: { GiveBack: { target: 'waiting', actions: ['dropBorrower', 'forgetDeaths'] } } },
      },
    },
    /** Its job has failed already; the next one waits until the thread may be tried again. */
    down: {
      entry: ['countDeath', 'announceDeath', 'fail', 'dropBorrower'],
      on: {
        Lend: { actions: 'noteBorrower' },
        GiveBack: { actions: 'dropBorrower' },
        // No thread may be started for anybody before LevelDB is open again, and the back-off may end earlier.
        Recycle: { actions: ['fail', 'dropBorrower'] },
        // Who has come since the death waits for a thread that will not be.
        Stop: { target: 'stopped', actions: 'fail' },
      },
      after: { restartMs: [{ guard: 'isWanted', target: 'starting' }, { target: 'absent' }] },
    },
    recycling: {
      entry: ['fail', 'dropBorrower'],
      on: { Lend: { actions: 'noteBorrower' }, GiveBack: { actions: 'dropBorrower' }, Stop: 'stopping' },
      invoke: {
        id: 'recycle',
        src: 'stopThread',
        input: ({ context }) => ({ name: context.name }),
        onDone: [{ guard: 'isWanted', target: 'starting' }, { target: 'absent' }],
        onError: [{ guard: 'isWanted', target: 'starting' }, { target: 'absent' }],
      },
    },
    stopping: {
      entry: 'fail',
      invoke: { id: 'stop', src: 'stopThread', input: ({ context }) => ({ name: context.name }), onDone: 'stopped', onError: 'stopped' },
    },
    stopped: { type: 'final' },
  },
});

/** Doubles from 50 ms to 5 s with every death in a row. */
export function restartMsAfter(deaths: number): number {
  return Math.min(5_000, 25 * 2 ** Math.min(deaths, 9));
}

/** The start actor rejects with a coded error only. */
function errorIn(event: { error: unknown }): LithifyError {
  return event.error as LithifyError;
}
