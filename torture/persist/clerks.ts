import { assign, sendParent, sendTo, setup } from 'xstate';
import { type Engine, persist } from '../../index.ts';

/** So many events of each actor can be read. */
export const HISTORY = 5;
/** What a clerk takes for what it is handed. */
const WORK_MS = 20;
/** What an event takes that a boss sends later. */
const POST_MS = 10;

/** Begins when it is told to, works for a while, by a timer, and is done; it is kept by itself. */
const clerk = setup({
  types: {
    input: {} as { boss: string; n: number },
    context: {} as { n: number },
    output: {} as number,
    events: {} as { type: 'BEGIN' },
  },
}).createMachine({
  id: 'clerk',
  context: ({ input }) => ({ n: input.n }),
  initial: 'waiting',
  states: { waiting: { on: { BEGIN: 'working' } }, working: { after: { [WORK_MS]: 'done' } }, done: { type: 'final' } },
  output: ({ context }) => context.n,
});

/** Rings once; it is stored within its boss. */
const bell = setup({ types: { events: {} as { type: 'RING' } } }).createMachine({
  id: 'bell',
  initial: 'silent',
  states: { silent: { on: { RING: { target: 'rung', actions: sendParent({ type: 'RANG' }) } } }, rung: {} },
});

export function clerkId(boss: string, n: number): string {
  return `${boss}/clerk ${n}`;
}

export type BossEvent = { readonly type: 'TAKE' | 'HAND'; readonly n: number };

interface BossContext {
  readonly name: string;
  /** In the order of the events: n for what was taken, -n for what was handed to a clerk and came back. */
  readonly taken: readonly number[];
  /** With whom the clerk is busy. */
  readonly handed: number;
}

/**
 * Takes numbers itself or hands them to a clerk, who begins when a bell has rung: who loses an event that is sent later waits for ever.
 * `effect` is told of what it does, which must not be before it is durable.
 */
export function bossLogic(engine: Engine, name: string, effect: (n: number) => void) {
  const id = ({ boss, n }: { boss: string; n: number }) => clerkId(boss, n);
  const boss = setup({
    types: { context: {} as BossContext, events: {} as BossEvent | { type: 'NOTE' } | { type: 'RANG' } },
    actors: { bell, clerk: persist(clerk, { engine, id, history: HISTORY }) },
    actions: { effect: (_, { n }: { n: number }) => effect(n) },
  }).createMachine({
    id: 'boss',
    context: { name, taken: [], handed: 0 },
    // It is written, whenever it comes, and changes nothing.
    on: { NOTE: { actions: () => {} } },
    initial: 'idle',
    states: {
      idle: {
        on: {
          TAKE: {
            actions: [
              assign({ taken: ({ context, event }) => [...context.taken, event.n] }),
              { type: 'effect', params: ({ event }) => ({ n: event.n }) },
            ],
          },
          HAND: {
            target: 'busy',
            actions: [assign({ handed: ({ event }) => event.n }), { type: 'effect', params: ({ event }) => ({ n: event.n }) }],
          },
        },
      },
      busy: {
        entry: sendTo('bell', { type: 'RING' }, { delay: POST_MS }),
        on: { RANG: { actions: sendTo('clerk', { type: 'BEGIN' }, { delay: POST_MS }) } },
        invoke: [
          { id: 'bell', src: 'bell' },
          {
            id: 'clerk',
            src: 'clerk',
            input: ({ context }) => ({ boss: context.name, n: context.handed }),
            onDone: { target: 'idle', actions: assign({ taken: ({ context, event }) => [...context.taken, -event.output] }) },
          },
        ],
      },
    },
  });
  return persist(boss, { engine, id: name, history: HISTORY });
}
