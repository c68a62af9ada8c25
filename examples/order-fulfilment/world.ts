import type { Order } from './order.ts';
import { ITEMS } from './warehouse.ts';

/** What becomes of an order from outside, if nothing of ours goes wrong. */
export interface Fate {
  readonly order: Order;
  readonly declines: boolean;
  readonly isPacked: boolean;
  readonly isDelivered: boolean;
}

/** The same seed and number, the same order and the same fate: in every life of the shop. */
export function fateOf(seed: number, number: number): Fate {
  const random = randomFrom(seed * 1_000_003 + number);
  const below = (limit: number) => Math.floor(random() * limit);
  return {
    order: {
      id: orderId(number),
      item: ITEMS[below(ITEMS.length)],
      quantity: 1 + below(4),
      price: 100 * (1 + below(500)),
    },
    declines: below(10) === 0,
    isPacked: below(8) > 0,
    isDelivered: below(8) > 0,
  };
}

export function orderId(number: number): string {
  return `order-${String(number).padStart(4, '0')}`;
}

export function numberOf(id: string): number {
  return Number(id.slice('order-'.length));
}

/** Numbers from 0 to 1. (Source: mulberry32, T. Ettinger.) */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
