import { assign, fromPromise, type SnapshotFrom, setup } from 'xstate';

export interface Order {
  readonly id: string;
  readonly item: string;
  readonly quantity: number;
  /** Cents, for all of it. */
  readonly price: number;
}

export type OrderEvent = { readonly type: 'Packed' } | { readonly type: 'Delivered' };
export type FinalState = 'delivered' | 'cancelled' | 'refunded';
export interface Outcome extends Order {
  readonly state: FinalState;
  /** It has left the house, whether it arrived or not. */
  readonly hasLeft: boolean;
}

interface OrderContext extends Order {
  readonly tries: number;
  readonly hasLeft: boolean;
  readonly state: FinalState;
}

/** How far an order is; it never goes back. */
export const STATES = ['placed', 'paid', 'reserved', 'packed', 'shipped', 'releasing', 'refunding', 'delivered', 'cancelled', 'refunded'];

export type OrderMachine = typeof orderMachine;

const notProvided = () => Promise.reject(new Error('not provided'));

/**
 * The life of an order. A process may die while it waits for a promise, and asks again in its next life: everything that is
 * invoked here can be asked for twice. What fails is tried again.
 */
export const orderMachine = setup({
  types: { context: {} as OrderContext, input: {} as Order, events: {} as OrderEvent, output: {} as Outcome },
  actors: {
    capture: fromPromise<'captured' | 'declined', OrderContext>(notProvided),
    refund: fromPromise<void, OrderContext>(notProvided),
    reserve: fromPromise<'reserved' | 'sold out', OrderContext>(notProvided),
    ship: fromPromise<void, OrderContext>(notProvided),
    release: fromPromise<void, OrderContext>(notProvided),
  },
  actions: {
    countTry: assign({ tries: ({ context }) => context.tries + 1 }),
    noteLeft: assign({ hasLeft: true }),
    noteState: assign({ state: (_, state: FinalState) => state }),
  },
  guards: {
    isCaptured: (_, answer: 'captured' | 'declined') => answer === 'captured',
    isReserved: (_, answer: 'reserved' | 'sold out') => answer === 'reserved',
  },
  delays: {
    backOff: ({ context: { tries } }) => 10 * 2 ** Math.min(tries, 8),
    packingTime: 400,
    deliveryTime: 400,
  },
}).createMachine({
  id: 'order',
  context: ({ input }) => ({ ...input, tries: 0, hasLeft: false, state: 'cancelled' }),
  output: ({ context: { tries: _, ...outcome } }) => outcome,
  initial: 'placed',
  states: {
    placed: {
      initial: 'paying',
      states: {
        paying: {
          invoke: {
            id: 'capture',
            src: 'capture',
            input: ({ context }) => context,
            onDone: [
              { guard: { type: 'isCaptured', params: ({ event }) => event.output }, target: '#order.paid' },
              { target: '#order.cancelled' },
            ],
            onError: { target: 'backingOff', actions: 'countTry' },
          },
        },
        backingOff: { after: { backOff: 'paying' } },
      },
    },
    paid: {
      initial: 'reserving',
      states: {
        reserving: {
          invoke: {
            id: 'reserve',
            src: 'reserve',
            input: ({ context }) => context,
            onDone: [
              { guard: { type: 'isReserved', params: ({ event }) => event.output }, target: '#order.reserved' },
              { target: '#order.refunding' },
            ],
            onError: { target: 'backingOff', actions: 'countTry' },
          },
        },
        backingOff: { after: { backOff: 'reserving' } },
      },
    },
    reserved: { on: { Packed: 'packed' }, after: { packingTime: 'releasing' } },
    packed: {
      initial: 'leaving',
      states: {
        leaving: {
          invoke: {
            id: 'ship',
            src: 'ship',
            input: ({ context }) => context,
            onDone: { target: '#order.shipped', actions: 'noteLeft' },
            onError: { target: 'backingOff', actions: 'countTry' },
          },
        },
        backingOff: { after: { backOff: 'leaving' } },
      },
    },
    shipped: { on: { Delivered: 'delivered' }, after: { deliveryTime: 'refunding' } },
    releasing: {
      initial: 'returning',
      states: {
        returning: {
          invoke: {
            id: 'release',
            src: 'release',
            input: ({ context }) => context,
            onDone: '#order.refunding',
            onError: { target: 'backingOff', actions: 'countTry' },
          },
        },
        backingOff: { after: { backOff: 'returning' } },
      },
    },
    refunding: {
      initial: 'paying',
      states: {
        paying: {
          invoke: {
            id: 'refund',
            src: 'refund',
            input: ({ context }) => context,
            onDone: '#order.refunded',
            onError: { target: 'backingOff', actions: 'countTry' },
          },
        },
        backingOff: { after: { backOff: 'paying' } },
      },
    },
    delivered: { type: 'final', entry: { type: 'noteState', params: 'delivered' } },
    cancelled: { type: 'final', entry: { type: 'noteState', params: 'cancelled' } },
    refunded: { type: 'final', entry: { type: 'noteState', params: 'refunded' } },
  },
});

/** Its outermost state: what the customer is told. */
export function stateOf({ value }: SnapshotFrom<OrderMachine>): string {
  return typeof value === 'string' ? value : Object.keys(value)[0];
}
