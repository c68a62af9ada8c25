import { type Engine, type PersistedLogic, persist, persistedIds } from 'lithify';
import { fromPromise } from 'xstate';
import { Bank } from './bank.ts';
import { type OrderMachine, orderMachine } from './order.ts';
import { Warehouse } from './warehouse.ts';
import { fateOf, numberOf, randomFrom } from './world.ts';

/** What the shop works with while its engine is open. */
export interface House {
  readonly engine: Engine;
  readonly warehouse: Warehouse;
  readonly bank: Bank;
  /** Makes orders that are kept in this engine. */
  readonly orders: PersistedLogic<OrderMachine>;
  /** Orders of earlier lives. */
  readonly known: ReadonlySet<string>;
}

export async function openHouse(engine: Engine | undefined, seed: number): Promise<House> {
  if (engine === undefined) throw new Error('The engine is not open.');
  const warehouse = new Warehouse(engine);
  await warehouse.open();
  const known = new Set<string>();
  for await (const id of persistedIds(engine)) known.add(id);
  const random = randomFrom(seed + known.size);
  const bank = new Bank(engine, {
    declines: (id) => fateOf(seed, numberOf(id)).declines,
    isOutOfOrder: () => random() < 0.1,
  });
  const orders = persist(fulfilledBy(warehouse, bank), { engine, id: ({ id }) => id, history: 20 });
  return { engine, warehouse, bank, orders, known };
}

/** The chart of an order, with those who do its work. */
function fulfilledBy(warehouse: Warehouse, bank: Bank): OrderMachine {
  return orderMachine.provide({
    actors: {
      capture: fromPromise(({ input }) => bank.capture(input)),
      refund: fromPromise(({ input }) => bank.refund(input)),
      reserve: fromPromise(({ input }) => warehouse.reserve(input)),
      ship: fromPromise(({ input }) => warehouse.ship(input)),
      release: fromPromise(({ input }) => warehouse.release(input)),
    },
  });
}
