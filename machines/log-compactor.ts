import { assign, fromPromise, setup } from 'xstate';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { Offset, TopicId } from '../protocol/log.ts';

export type LogCompactorEvent =
  /** A further run is wanted that begins after this: what is there now must be covered. */
  | { type: 'Again' }
  /** Nobody wants it any more: gives its phase up, and is idle when that has settled. */
  | { type: 'Unregister' };

export interface LogCompactorInput {
  /** One registration of a topic partition: its actors come one after another, and are known by this. */
  readonly registration: number;
  readonly topic: TopicId;
  readonly partition: number;
  /** Runs that were begun before, under the same registration. */
  readonly runs: number;
  /** Left-overs of an earlier life have been cleared away under this registration. */
  readonly recovered: boolean;
}

export interface LogCompactorContext extends LogCompactorInput {
  /** Passes since the actor began, over all runs. */
  readonly passes: number;
  /** Number of the pass in its run, from 1. */
  readonly pass: number;
  /** Where the pass begins: the first offset at which the strategy was full in the pass before. */
  readonly from: Offset;
  /** The last record that the pass covers. An offset, never a time-out. */
  readonly end: Offset | undefined;
  /** Where the strategy was full in this pass. */
  readonly overflowAt: Offset | undefined;
  /** Runs that ended well. */
  readonly completed: number;
  /** Failures in a row: what the back-off grows with. */
  readonly failures: number;
  readonly error: LithifyError | undefined;
  readonly backOffMs: number;
  readonly wantsAgain: boolean;
  readonly unregistered: boolean;
}

/** What a phase is told: which pass of which run it is, and of what. */
export interface PhaseInput {
  readonly registration: number;
  readonly run: number;
  readonly pass: number;
  readonly from: Offset;
  readonly end: Offset | undefined;
}

/** A phase failed: by somebody's wish, and that is the end; or by a fault, and the run is tried again. */
const GIVEN_UP = [
  { guard: { type: 'isOver', params: errorIn }, target: '#idle', actions: { type: 'noteError', params: errorIn } },
  { target: '#backingOff', actions: { type: 'noteFailure', params: errorIn } },
] as const;

const NOT_PROVIDED = () => Promise.reject(new Error('not provided'));

/**
 * Compacts one topic partition, from the moment a run is wanted until it is idle again. (Source: the state table of the
 * seed `log-compactor.rs`, log-format.md 3.2; its states keep their names.)
 *
 *     PreparingAnalyze    ages what is in memory → end offset     none: there is nothing, idle
 *     Analyzing           feeds the strategy from `from` on       → first offset at which it was full
 *     PreparingCompaction decides where the output goes
 *     Compacting          rewrites, then swaps old parts for new  full: PreparingAnalyze from there; else idle
 *
 * Where the seed goes to idle with an error and leaves the rest to chance, this keeps all data, says so, and begins a
 * new run after a back-off. A state that waits for a promise is left only when that has settled, so that nothing of a
 * run goes on behind the actor's back.
 */
export const logCompactorMachine = setup({
  types: {
    context: {} as LogCompactorContext,
    events: {} as LogCompactorEvent,
    input: {} as LogCompactorInput,
  },
  actors: {
    /** Once, before the first run of a registration. */
    recover: fromPromise<void, PhaseInput>(NOT_PROVIDED),
    /** Everything that is in memory now becomes parts; `end` is the last record in parts, undefined when there is none. */
    ageActive: fromPromise<{ readonly end?: Offset | undefined }, PhaseInput>(NOT_PROVIDED),
    analyze: fromPromise<{ readonly overflowAt?: Offset | undefined }, PhaseInput>(NOT_PROVIDED),
    newWork: fromPromise<void, PhaseInput>(NOT_PROVIDED),
    rewrite: fromPromise<void, PhaseInput>(NOT_PROVIDED),
    /** One commit of the manifest. */
    swap: fromPromise<void, PhaseInput>(NOT_PROVIDED),
  },
  actions: {
    beginRun: assign({
      runs: ({ context }) => context.runs + 1,
      ...{ pass: 0, from: 0, end: undefined, overflowAt: undefined, wantsAgain: false },
    }),
    beginPass: assign({
      pass: ({ context }) => context.pass + 1,
      passes: ({ context }) => context.passes + 1,
      from: ({ context }) => context.overflowAt ?? context.from,
      overflowAt: undefined,
    }),
    noteRecovered: assign({ recovered: true }),
    noteEnd: assign({ end: (_, { end }: { end: Offset | undefined }) => end }),
    noteOverflow: assign({ overflowAt: (_, { overflowAt }: { overflowAt: Offset | undefined }) => overflowAt }),
    endRun: assign({ completed: ({ context }) => context.completed + 1, failures: 0, error: undefined }),
    noteError: assign({ error: (_, { error }: { error: LithifyError }) => error }),
    /** The back-off doubles from 100 ms to 30 s. */
    noteFailure: assign(({ context }, { error }: { error: LithifyError }) => ({
      error,
      failures: context.failures + 1,
      backOffMs: Math.min(30_000, 100 * 2 ** Math.min(context.failures, 10)),
    })),
    noteAgain: assign({ wantsAgain: true }),
    noteUnregistered: assign({ unregistered: true }),
    signalAbort: () => {},
    announceStarted: () => {},
    /** The end of the pass is known. */
    announcePass: () => {},
    /** The manifest has the new parts. */
    announceSwapped: () => {},
    announceCompacted: () => {},
    announceFailed: () => {},
    announceIdle: () => {},
  },
  guards: {
    isUnregistered: ({ context }) => context.unregistered,
    /** Somebody wanted it to end: the engine is closing, or nobody waits for it any more. */
    isOver: ({ context }, { error }: { error: LithifyError }) =>
      context.unregistered || error.code === 'LITHIFY_SHUTTING_DOWN' || error.code === 'LITHIFY_ABORTED',
    needsRecovery: ({ context }) => !context.recovered,
    isEmpty: (_, { end }: { end: Offset | undefined }) => end === undefined,
    /** Every pass must see one new key, or there would be no last one (D27). */
    isStuck: ({ context }, { overflowAt }: { overflowAt: Offset | undefined }) => overflowAt !== undefined && overflowAt <= context.from,
    hasOverflown: ({ context }) => context.overflowAt !== undefined,
    wantsAgain: ({ context }) => context.wantsAgain,
  },
  delays: { backOffMs: ({ context }) => context.backOffMs },
}).createMachine({
  id: 'log-compactor',
  context: ({ input }) => ({
    ...input,
    ...{ passes: 0, pass: 0, from: 0, end: undefined, overflowAt: undefined, completed: 0 },
    ...{ failures: 0, error: undefined, backOffMs: 0, wantsAgain: false, unregistered: false },
  }),
  initial: 'starting',
  on: {
    Again: { actions: 'noteAgain' },
    // What runs is not stopped by leaving its state, but by telling it and waiting for it.
    Unregister: { actions: ['noteUnregistered', 'signalAbort'] },
  },
  states: {
    starting: {
      entry: ['beginRun', 'announceStarted'],
      always: [{ guard: 'needsRecovery', target: 'recovering' }, { target: 'preparingAnalyze' }],
    },
    recovering: {
      invoke: {
        id: 'recover',
        src: 'recover',
        input: phaseOf,
        onDone: [
          { guard: 'isUnregistered', target: 'idle' },
          { target: 'preparingAnalyze', actions: 'noteRecovered' },
        ],
        onError: GIVEN_UP,
      },
    },
    preparingAnalyze: {
      entry: 'beginPass',
      invoke: {
        id: 'ageActive',
        src: 'ageActive',
        input: phaseOf,
        onDone: [
          { guard: 'isUnregistered', target: 'idle' },
          { guard: { type: 'isEmpty', params: endIn }, target: 'ended' },
          { target: 'analyzing', actions: [{ type: 'noteEnd', params: endIn }, 'announcePass'] },
        ],
        onError: GIVEN_UP,
      },
    },
    analyzing: {
      invoke: {
        id: 'analyze',
        src: 'analyze',
        input: phaseOf,
        onDone: [
          { guard: 'isUnregistered', target: 'idle' },
          {
            guard: { type: 'isStuck', params: overflowIn },
            target: 'backingOff',
            actions: { type: 'noteFailure', params: stuckIn },
          },
          { target: 'preparingCompaction', actions: { type: 'noteOverflow', params: overflowIn } },
        ],
        onError: GIVEN_UP,
      },
    },
    preparingCompaction: {
      invoke: {
        id: 'newWork',
        src: 'newWork',
        input: phaseOf,
        onDone: [{ guard: 'isUnregistered', target: 'idle' }, { target: 'compacting' }],
        onError: GIVEN_UP,
      },
    },
    compacting: {
      initial: 'rewriting',
      states: {
        rewriting: {
          invoke: {
            id: 'rewrite',
            src: 'rewrite',
            input: phaseOf,
            onDone: [{ guard: 'isUnregistered', target: '#idle' }, { target: 'swapping' }],
            onError: GIVEN_UP,
          },
        },
        swapping: {
          invoke: {
            id: 'swap',
            src: 'swap',
            input: phaseOf,
            onDone: { target: '#swapped', actions: 'announceSwapped' },
            onError: GIVEN_UP,
          },
        },
      },
    },
    /** The pass is complete; was it the last? */
    swapped: {
      id: 'swapped',
      always: [{ guard: 'hasOverflown', target: 'overflown' }, { target: 'ended' }],
    },
    overflown: { always: [{ guard: 'isUnregistered', target: 'idle' }, { target: 'preparingAnalyze' }] },
    /** The run is complete; is another one wanted? */
    ended: {
      entry: ['endRun', 'announceCompacted'],
      always: [{ guard: 'isUnregistered', target: 'idle' }, { guard: 'wantsAgain', target: 'starting' }, { target: 'idle' }],
    },
    /** All data is where it was. The cause may need time; a new run begins, since what was aged since belongs to it. */
    backingOff: {
      id: 'backingOff',
      entry: 'announceFailed',
      on: { Again: 'starting', Unregister: { target: 'idle', actions: 'noteUnregistered' } },
      after: { backOffMs: 'starting' },
    },
    idle: { id: 'idle', type: 'final', entry: 'announceIdle' },
  },
});

function phaseOf({ context }: { context: LogCompactorContext }): PhaseInput {
  const { registration, runs: run, pass, from, end } = context;
  return { registration, run, pass, from, end };
}

function endIn({ event }: { event: { output: { readonly end?: Offset | undefined } } }): { end: Offset | undefined } {
  return { end: event.output.end };
}

function overflowIn({ event }: { event: { output: { readonly overflowAt?: Offset | undefined } } }): { overflowAt: Offset | undefined } {
  return { overflowAt: event.output.overflowAt };
}

function errorIn({ event }: { event: { error: unknown } }): { error: LithifyError } {
  return { error: asLithifyError(event.error, 'LITHIFY_INTERNAL', 'Compacting a log broke') };
}

function stuckIn({ context, event }: { context: LogCompactorContext; event: { output: { readonly overflowAt?: Offset | undefined } } }) {
  const { from } = context;
  const at = event.output.overflowAt ?? from;
  const message = `The compaction strategy was full at offset ${at} in a pass that began at ${from}: no pass would be the last. Give it room for at least one key.`;
  return { error: new LithifyError('LITHIFY_STRATEGY', message, { details: { from, overflowAt: at } }) };
}
