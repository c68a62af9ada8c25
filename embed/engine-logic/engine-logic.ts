import { assign, enqueueActions, fromCallback, fromPromise, type Snapshot, sendTo, setup } from 'xstate';
import type { Engine } from '../../kv/engine.ts';
import type { LithifyError } from '../../protocol/errors.ts';
import type { ShutdownReport } from '../../protocol/messages.ts';
import { type PersistedInput, persistedInput } from './input.ts';
import { EngineKeeper, type EngineLogicParts } from './keeper.ts';
import { type EngineLogicEmitted, type EngineLogicInput, type EngineRequest, isSound, type KeeperEvent, replyOf } from './messages.ts';

/** What the snapshots of an `engineLogic` actor have. */
export interface EngineLogicContext {
  /** As it was given. */
  readonly location: string;
  /** From `open` on; still there when it has closed. */
  readonly engine: Engine | undefined;
  /** With which the actor was made. */
  readonly input: EngineLogicInput;
  /** How it closed, once it is `closed`; before that nothing is counted in it. */
  readonly report: ShutdownReport;
  /** Why it failed; the actor's own error is the same. */
  readonly error: LithifyError | undefined;
}

/** Actor logic that opens an engine and lives as long as it; see docs/embedding.md. */
export type EngineLogic = ReturnType<typeof engineLogicOn>;

/** Made by the package, which knows how to open an engine. */
export function engineLogicOn(parts: EngineLogicParts) {
  const machine = chartOn(parts);
  /** A snapshot holds no engine: it says what to open, or how it ended. */
  machine.getPersistedSnapshot = ({ status, value, output, error, context }) => {
    const { location, report } = context;
    const persisted = { status, value, output, error, historyValue: {}, children: {}, context: { location, report } };
    // XState's type of a snapshot does not say what a machine's has besides.
    return { ...persisted, input: persistedInput(context.input) } as unknown as Snapshot<unknown>;
  };
  const { restoreSnapshot, getInitialSnapshot } = machine;
  /** As XState runs a promise again that it restores: what was open is opened. */
  machine.restoreSnapshot = (persisted, scope) => {
    if (persisted.status !== 'active') return restoreSnapshot.call(machine, persisted, scope);
    // What is active was persisted above.
    const { input } = persisted as unknown as { input: PersistedInput };
    return getInitialSnapshot.call(machine, scope, input);
  };
  return machine;
}

function chartOn(parts: EngineLogicParts) {
  return setup({
    types: {
      context: {} as EngineLogicContext,
      events: {} as EngineRequest | KeeperEvent,
      input: {} as EngineLogicInput,
      output: {} as ShutdownReport,
      emitted: {} as EngineLogicEmitted,
    },
    actors: {
      keeper: fromCallback<EngineRequest, EngineLogicInput>(({ input, receive, sendBack }) => {
        const keeper = new EngineKeeper(parts, sendBack);
        receive((request) => keeper.take(request));
        void keeper.keep(input);
        return () => keeper.abandon();
      }),
      fail: fromPromise<never, { error: LithifyError | undefined }>(({ input }) => Promise.reject(input.error)),
    },
    actions: {
      pass: sendTo('keeper', ({ event }) => event),
      keepEngine: assign({ engine: ({ context, event }) => (event.type === 'lithify.opened' ? event.engine : context.engine) }),
      keepReport: assign({ report: ({ context, event }) => (event.type === 'lithify.closed' ? event.report : context.report) }),
      keepError: assign({ error: ({ context, event }) => (event.type === 'lithify.failed' ? event.error : context.error) }),
      tell: enqueueActions(({ event, enqueue }) => {
        if (event.type === 'lithify.told') enqueue.emit(event.event);
      }),
      answer: enqueueActions(({ event, enqueue }) => {
        if (event.type !== 'lithify.answered') return;
        const { answer, replyTo } = event;
        if (replyTo !== undefined) enqueue.sendTo(replyTo, replyOf(answer));
        enqueue.emit({ type: 'reply', ...answer });
      }),
    },
    guards: {
      isSound: ({ event }) => event.type === 'Shutdown' && isSound(event),
      storageFailed: ({ event }) => event.type === 'lithify.told' && event.event.type === 'storageFailed',
      storageRecovered: ({ event }) => event.type === 'lithify.told' && event.event.type === 'storageRecovered',
    },
  }).createMachine({
    id: 'engineLogic',
    context: ({ input }) => ({
      // Malformed input is the keeper's to refuse, with an error that says so.
      ...{ location: typeof input?.location === 'string' ? input.location : '', input },
      ...{ engine: undefined, error: undefined },
      report: { type: 'Shutdown', refused: 0, aborted: 0 },
    }),
    output: ({ context }) => context.report,
    invoke: { id: 'keeper', src: 'keeper', input: ({ context }) => context.input },
    on: {
      MinorCompact: { actions: 'pass' },
      MajorCompaction: { actions: 'pass' },
      GarbageCollect: { actions: 'pass' },
      DeleteBlob: { actions: 'pass' },
      // One that is malformed closes nothing.
      Shutdown: [{ guard: 'isSound', target: '.closing', actions: 'pass' }, { actions: 'pass' }],
      'lithify.told': { actions: 'tell' },
      'lithify.answered': { actions: 'answer' },
      'lithify.closed': { target: '.closed', actions: 'keepReport' },
      'lithify.failed': { target: '.failed', actions: 'keepError' },
    },
    initial: 'opening',
    states: {
      opening: { on: { 'lithify.opened': { target: 'open', actions: 'keepEngine' } } },
      open: {
        initial: 'running',
        states: {
          running: { on: { 'lithify.told': [{ guard: 'storageFailed', target: 'recovering', actions: 'tell' }, { actions: 'tell' }] } },
          /** The engine opens its storage again; writes wait. */
          recovering: { on: { 'lithify.told': [{ guard: 'storageRecovered', target: 'running', actions: 'tell' }, { actions: 'tell' }] } },
        },
      },
      closing: {
        on: {
          Shutdown: { actions: 'pass' },
          /** It was being opened when the Shutdown came. */
          'lithify.opened': { actions: 'keepEngine' },
        },
      },
      /** Nobody handles this error here, so that it is the actor's own: its parent's `onError`. */
      failed: {
        on: { Shutdown: { actions: 'pass' } },
        invoke: { id: 'fail', src: 'fail', input: ({ context: { error } }) => ({ error }) },
      },
      closed: { type: 'final' },
    },
  });
}
