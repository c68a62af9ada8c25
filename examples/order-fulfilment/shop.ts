import { type Engine, engineLogic, type OpenOptions } from 'lithify';
import {
  type ActorRefFrom,
  type AnyActorLogic,
  assign,
  type DoneActorEvent,
  emit,
  enqueueActions,
  fromPromise,
  type InputFrom,
  sendTo,
  setup,
} from 'xstate';
import { attending, type Line, type Progress } from './attend.ts';
import { audit, type Report } from './books.ts';
import { type House, openHouse } from './house.ts';
import type { Outcome } from './order.ts';
import { fateOf, numberOf, orderId } from './world.ts';

export interface ShopInput {
  readonly location: string;
  readonly options?: OpenOptions;
  /** How many there are to be in the end, over all lives of the shop. */
  readonly orders: number;
  readonly seed: number;
}

/** A new order is placed when fewer are open. */
const OPEN_AT_ONCE = 8;

interface ShopContext extends ShopInput {
  readonly engine: Engine | undefined;
  readonly house: House | undefined;
  /** Orders that have no actor yet. */
  readonly waiting: readonly string[];
  /** The number that was looked at last for a new order. */
  readonly last: number;
  readonly running: number;
  readonly ended: readonly Outcome[];
  readonly report: Report | undefined;
}

/** XState's types have an id only for actors that have a name when the chart is written. */
type Spawn<TLogic extends AnyActorLogic> = (logic: TLogic, options: { id: string; input: InputFrom<TLogic> }) => ActorRefFrom<TLogic>;

/** The supervisor: it has the engine as one of its actors, and the orders as others. */
export const shop = setup({
  types: {
    context: {} as ShopContext,
    input: {} as ShopInput,
    events: {} as Progress | DoneActorEvent<Outcome>,
    emitted: {} as Progress,
    output: {} as Report | undefined,
  },
  actors: {
    engine: engineLogic,
    attending,
    openHouse: fromPromise<House, { engine: Engine | undefined; seed: number }>(({ input: { engine, seed } }) => openHouse(engine, seed)),
    audit: fromPromise<Report, ShopContext>(({ input: { house, ended, orders } }) => {
      if (house === undefined) throw new Error('The shop never opened.');
      return audit(ended, Math.max(orders, house.known.size), house.warehouse, house.bank);
    }),
  },
  actions: {
    keepEngine: assign((_, engine: Engine | undefined) => ({ engine })),
    openDoors: assign((_, house: House) => ({ house, waiting: [...house.known] })),
    /** Orders of earlier lives all go on; new ones are placed as others end. */
    startOrders: assign(({ context, spawn }) => {
      const { house, seed } = context;
      if (house === undefined) return {};
      const { ids, last } = nextOrders(context, house);
      for (const id of ids) {
        const fate = fateOf(seed, numberOf(id));
        const order = (spawn as unknown as Spawn<typeof house.orders>)(house.orders, { id, input: fate.order });
        spawn('attending', { id: `around ${id}`, input: { order, fate } });
      }
      return { waiting: [], last, running: context.running + ids.length };
    }),
    /** Its state stays in the store; only the actor goes. */
    stopOrder: enqueueActions(({ enqueue }, id: string) => {
      enqueue.stopChild(`around ${id}`);
      enqueue.stopChild(id);
    }),
    noteOutcome: assign(({ context: { running, ended } }, outcome: Outcome) => ({ running: running - 1, ended: [...ended, outcome] })),
    tellOpened: emit((_, { known }: House) => ({ type: 'Progress', line: { event: 'opened', orders: known.size } })),
    keepReport: assign((_, report: Report) => ({ report })),
    print: emit((_, line: Line) => ({ type: 'Progress', line })),
    closeEngine: sendTo('engine', { type: 'Shutdown' }),
  },
  guards: {
    isFirst: ({ context }, isOpen: boolean) => isOpen && context.engine === undefined,
    isOrder: (_, id: string) => id.startsWith('order-'),
    isOver: ({ context: { ended, orders, house } }) => ended.length >= Math.max(orders, house?.known.size ?? 0),
  },
}).createMachine({
  id: 'shop',
  context: ({ input }) => ({
    ...input,
    ...{ engine: undefined, house: undefined, waiting: [], last: 0, running: 0, ended: [], report: undefined },
  }),
  output: ({ context: { report } }) => report,
  initial: 'trading',
  on: {
    Progress: { actions: { type: 'print', params: ({ event }) => event.line } },
    'xstate.done.actor.*': {
      guard: { type: 'isOrder', params: ({ event }) => event.actorId },
      actions: [
        { type: 'stopOrder', params: ({ event }) => event.actorId },
        { type: 'noteOutcome', params: ({ event }) => event.output },
        'startOrders',
      ],
    },
  },
  states: {
    trading: {
      invoke: {
        id: 'engine',
        src: 'engine',
        input: ({ context: { location, options = {} } }) => ({ location, options }),
        onSnapshot: {
          guard: { type: 'isFirst', params: ({ event }) => event.snapshot.matches('open') },
          target: '.unlocking',
          actions: { type: 'keepEngine', params: ({ event }) => event.snapshot.context.engine },
        },
        // An error is not handled: a shop without its store is an error, too.
        onDone: 'closed',
      },
      initial: 'opening',
      states: {
        opening: {},
        unlocking: {
          invoke: {
            id: 'openHouse',
            src: 'openHouse',
            input: ({ context: { engine, seed } }) => ({ engine, seed }),
            onDone: {
              target: 'serving',
              actions: [
                { type: 'openDoors', params: ({ event }) => event.output },
                { type: 'tellOpened', params: ({ event }) => event.output },
              ],
            },
          },
        },
        serving: {
          entry: 'startOrders',
          always: { guard: 'isOver', target: 'auditing' },
        },
        auditing: {
          invoke: {
            id: 'audit',
            src: 'audit',
            input: ({ context }) => context,
            onDone: { target: 'closing', actions: { type: 'keepReport', params: ({ event }) => event.output } },
          },
        },
        closing: { entry: 'closeEngine' },
      },
    },
    closed: { type: 'final' },
  },
});

function nextOrders({ waiting, running, last, orders }: ShopContext, { known }: House): { ids: string[]; last: number } {
  const ids = [...waiting];
  let next = last + 1;
  for (; running + ids.length < OPEN_AT_ONCE && next <= orders; next++) {
    if (!known.has(orderId(next))) ids.push(orderId(next));
  }
  return { ids, last: next - 1 };
}
