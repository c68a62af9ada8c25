import { type PersistedLogic, persisted } from 'lithify';
import { type ActorRefFrom, fromCallback } from 'xstate';
import { type OrderEvent, type OrderMachine, stateOf } from './order.ts';
import type { Fate } from './world.ts';

export type OrderRef = ActorRefFrom<PersistedLogic<OrderMachine>>;

/** What the shop prints. `opened`: so many orders are there already. `acknowledged`: the order has this event, and no crash can take it back. */
export type Line = OrderLine | { readonly event: 'opened'; readonly orders: number };
export type OrderLine =
  | { readonly event: 'order'; readonly order: string; readonly state: string }
  | { readonly event: 'acknowledged'; readonly order: string; readonly message: 'Placed' | OrderEvent['type']; readonly state: string };

export interface Progress {
  readonly type: 'Progress';
  readonly line: Line;
}

/** The people around one order: they see how far it is, and do their part. In the shop's next life they do it again. */
export const attending = fromCallback<{ type: 'none' }, { order: OrderRef; fate: Fate }, Progress>(
  ({ input: { order, fate }, sendBack }) => {
    const { id } = fate.order;
    const print = (line: Line) => sendBack({ type: 'Progress', line } satisfies Progress);
    // Of an order that fails the shop hears as its parent.
    const send = (type: OrderEvent['type']) =>
      void persisted(order)
        .send({ type })
        .then((snapshot) => print({ event: 'acknowledged', order: id, message: type, state: stateOf(snapshot) }))
        .catch(() => undefined);
    let last: string | undefined;
    const look = () => {
      const state = stateOf(order.getSnapshot());
      if (state === last) return;
      last = state;
      // A new order is seen as placed before that is stored.
      if (state !== 'placed') print({ event: 'order', order: id, state });
      if (state === 'reserved' && fate.isPacked) send('Packed');
      if (state === 'shipped' && fate.isDelivered) send('Delivered');
    };
    const { unsubscribe } = order.subscribe({ next: look, error: () => undefined });
    look();
    void persisted(order)
      .settled()
      .then(() => print({ event: 'acknowledged', order: id, message: 'Placed', state: stateOf(order.getSnapshot()) }))
      .catch(() => undefined);
    return unsubscribe;
  },
);
