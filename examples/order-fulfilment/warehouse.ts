import type { Engine } from 'lithify';
import { decide } from './exactly-once.ts';
import type { Order } from './order.ts';

/** Pieces of an item: what came in is free, reserved or has left. */
export interface Stock {
  readonly free: number;
  readonly reserved: number;
  readonly left: number;
}

type Reservation = 'reserved' | 'sold out' | 'left' | 'released';

export const ITEMS = ['lamp', 'chair', 'kettle'];
export const PIECES = 25;

/** Stock and reservation of an order change in one write, so they agree after every crash, and asking twice changes nothing. */
export class Warehouse {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Once in the life of the store. */
  async open(): Promise<void> {
    for (const item of ITEMS) {
      const full: Stock = { free: PIECES, reserved: 0, left: 0 };
      await decide(this.#engine, [stockKey(item)], ([found]) => ({
        answer: undefined,
        ...(found === undefined && { fill: (tx) => tx.put(stockKey(item), JSON.stringify(full)) }),
      }));
    }
  }

  async reserve({ id, item, quantity }: Order): Promise<'reserved' | 'sold out'> {
    const answer = await this.#change(id, item, (stock, found) => {
      if (found !== undefined) return { to: found };
      if (stock.free < quantity) return { to: 'sold out' };
      return { to: 'reserved', stock: { ...stock, free: stock.free - quantity, reserved: stock.reserved + quantity } };
    });
    return answer === 'sold out' ? answer : 'reserved';
  }

  async ship({ id, item, quantity }: Order): Promise<void> {
    await this.#change(id, item, (stock, found) =>
      found === 'reserved'
        ? { to: 'left', stock: { ...stock, reserved: stock.reserved - quantity, left: stock.left + quantity } }
        : { to: found },
    );
  }

  async release({ id, item, quantity }: Order): Promise<void> {
    await this.#change(id, item, (stock, found) =>
      found === 'reserved'
        ? { to: 'released', stock: { ...stock, reserved: stock.reserved - quantity, free: stock.free + quantity } }
        : { to: found },
    );
  }

  async stockOf(item: string): Promise<Stock> {
    return stockIn(await this.#engine.kv.get(stockKey(item)));
  }

  #change(
    order: string,
    item: string,
    how: (stock: Stock, found: Reservation | undefined) => { to: Reservation | undefined; stock?: Stock },
  ): Promise<Reservation | undefined> {
    const keys = [stockKey(item), `reservation:${order}`];
    return decide(this.#engine, keys, ([stock, found]) => {
      // Nobody else writes these keys.
      const change = how(stockIn(stock), found as Reservation | undefined);
      const { to } = change;
      if (to === undefined || to === found) return { answer: to };
      return {
        answer: to,
        fill: (tx) => {
          tx.put(keys[1], to);
          if (change.stock !== undefined) tx.put(keys[0], JSON.stringify(change.stock));
        },
      };
    });
  }
}

function stockKey(item: string): string {
  return `stock:${item}`;
}

function stockIn(stored: string | undefined): Stock {
  return JSON.parse(stored ?? '{"free":0,"reserved":0,"left":0}');
}
