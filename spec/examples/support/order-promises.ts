import type { Line } from '../../../examples/order-fulfilment/attend.ts';
import { STATES } from '../../../examples/order-fulfilment/order.ts';

/** What was said of an order may only ever go on. */
export class Promises {
  readonly #furthest = new Map<string, number>();
  readonly #placed = new Set<string>();
  readonly #problems: string[] = [];
  /** Acknowledged events, over all lives. */
  acknowledged = 0;

  /** The lines of one life: what each order is said to be first is what was found. */
  take(lines: readonly Line[]): void {
    for (const line of lines) {
      if (line.event === 'opened') {
        if (line.orders < this.#placed.size) this.#problems.push(`of ${this.#placed.size} orders ${line.orders} are there`);
        continue;
      }
      const { event, order, state } = line;
      const at = STATES.indexOf(state);
      const before = this.#furthest.get(order) ?? 0;
      if (at < before && event === 'order') this.#problems.push(`${order} was ${STATES[before]} and is ${state}`);
      this.#furthest.set(order, Math.max(before, at));
      if (event !== 'acknowledged') continue;
      this.acknowledged++;
      this.#placed.add(order);
    }
  }

  get problems(): readonly string[] {
    return this.#problems;
  }

  get orders(): number {
    return this.#furthest.size;
  }
}
