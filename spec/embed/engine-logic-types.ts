import { type ActorRefFrom, assign, type EmittedFrom, type InputFrom, type OutputFrom, type SnapshotFrom, setup } from 'xstate';
import {
  type Engine,
  type EngineLogicEmitted,
  type EngineLogicInput,
  engineLogic,
  type OpenOptions,
  type ShutdownReport,
} from '../../index.ts';

/** Not run: the type checker is what passes or fails here. */

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Equal<A, B>): void {}

export function logic(actor: ActorRefFrom<typeof engineLogic>): void {
  same<InputFrom<typeof engineLogic>, EngineLogicInput>(true);
  same<OutputFrom<typeof engineLogic>, ShutdownReport>(true);
  same<EmittedFrom<typeof engineLogic>, EngineLogicEmitted>(true);
  same<SnapshotFrom<typeof engineLogic>['context']['engine'], Engine | undefined>(true);
  same<EngineLogicInput['options'], OpenOptions | undefined>(true);
  actor.on('compacted', ({ kind }) => same<typeof kind, 'minor' | 'regular' | 'major' | 'flush'>(true));
  actor.on('reply', (answer) => answer.to === 'Shutdown' && answer.ok && same<typeof answer.report, ShutdownReport>(true));
  // @ts-expect-error -- no such event
  actor.on('compact', () => undefined);
  // @ts-expect-error -- no such message
  actor.send({ type: 'Compact' });
  // @ts-expect-error -- not a number
  actor.send({ type: 'MinorCompact', id: 5 });
  const snapshot = actor.getSnapshot();
  snapshot.matches('opening');
  snapshot.matches({ open: 'recovering' });
  // @ts-expect-error -- no such state
  snapshot.matches('opened');
}

export const host = setup({
  types: { context: {} as { report: ShutdownReport | undefined; engine: Engine | undefined } },
  actors: { engine: engineLogic },
}).createMachine({
  context: { report: undefined, engine: undefined },
  invoke: {
    ...{ src: 'engine', id: 'engine', input: { location: './db', options: { compactors: 1 } } },
    onSnapshot: { actions: assign({ engine: ({ event }) => event.snapshot.context.engine }) },
    onDone: { actions: assign({ report: ({ event }) => event.output }) },
  },
});

setup({ actors: { engine: engineLogic } }).createMachine({
  // @ts-expect-error -- location is missing
  invoke: { src: 'engine', input: { options: {} } },
});
