import type { Engine } from 'lithify';
import { decide } from './exactly-once.ts';
import type { Order } from './order.ts';

/** One movement of money; cents. */
export interface Movement {
  readonly kind: 'capture' | 'refund';
  readonly order: string;
  readonly cents: number;
}

const STATEMENT = 'bank-statement';

/**
 * Stands for somebody else's service: it may be out of order, and it moves money once for an idempotency key, however often
 * it is asked. Each movement is a line of its statement.
 */
export class Bank {
  readonly #engine: Engine;
  readonly #declines: (order: string) => boolean;
  readonly #isOutOfOrder: () => boolean;

  constructor(engine: Engine, { declines, isOutOfOrder }: { declines: (order: string) => boolean; isOutOfOrder: () => boolean }) {
    this.#engine = engine;
    this.#declines = declines;
    this.#isOutOfOrder = isOutOfOrder;
  }

  async capture({ id, price }: Order): Promise<'captured' | 'declined'> {
    if (this.#declines(id)) return 'declined';
    await this.#move({ kind: 'capture', order: id, cents: price });
    return 'captured';
  }

  async refund({ id, price }: Order): Promise<void> {
    await this.#move({ kind: 'refund', order: id, cents: price });
  }

  async statement(): Promise<Movement[]> {
    const movements: Movement[] = [];
    const topic = this.#engine.topic(STATEMENT);
    if (topic.partitions === undefined) return movements;
    for await (const { value } of topic.subscribe({ from: 'beginning', idleTimeout: 0 })) {
      movements.push(JSON.parse(new TextDecoder().decode(value)));
    }
    return movements;
  }

  /** The answer may get lost as well: then it has been done, and whoever asks again must be told so. */
  async #move(movement: Movement): Promise<void> {
    if (this.#isOutOfOrder()) throw new Error('the bank is out of order');
    const key = `bank:${movement.kind}:${movement.order}`;
    await decide(this.#engine, [key], ([done]) => ({
      answer: undefined,
      ...(done === undefined && {
        fill: (tx) => {
          tx.put(key, 'done');
          tx.produce(STATEMENT, { key: movement.kind === 'capture' ? 0n : 1n, value: JSON.stringify(movement) });
        },
      }),
    }));
    if (this.#isOutOfOrder()) throw new Error('the answer of the bank got lost');
  }
}
