import type { Bank, Movement } from './bank.ts';
import type { FinalState, Outcome } from './order.ts';
import { ITEMS, PIECES, type Stock, type Warehouse } from './warehouse.ts';

export interface Report {
  readonly event: 'report';
  readonly orders: number;
  readonly states: Readonly<Record<FinalState, number>>;
  /** Cents that came in and were not given back. */
  readonly earned: number;
  readonly stock: Readonly<Record<string, Stock>>;
  /** What does not add up; empty: everything does. */
  readonly problems: readonly string[];
}

/** Goes through everything there is, when every order has ended. */
export async function audit(orders: readonly Outcome[], placed: number, warehouse: Warehouse, bank: Bank): Promise<Report> {
  const stock = Object.fromEntries(await Promise.all(ITEMS.map(async (item) => [item, await warehouse.stockOf(item)] as const)));
  const statement = await bank.statement();
  const count = (wanted: FinalState) => orders.filter(({ state }) => state === wanted).length;
  return {
    event: 'report',
    orders: orders.length,
    states: { delivered: count('delivered'), cancelled: count('cancelled'), refunded: count('refunded') },
    earned: statement.reduce((sum, { kind, cents }) => sum + (kind === 'capture' ? cents : -cents), 0),
    stock,
    problems: [...problemsOfOrders(orders, placed), ...problemsOfStock(orders, stock), ...problemsOfMoney(orders, statement)],
  };
}

function problemsOfOrders(orders: readonly Outcome[], placed: number): string[] {
  const ids = new Set(orders.map(({ id }) => id));
  if (ids.size === placed && orders.length === placed) return [];
  return [`${placed} orders were placed, ${orders.length} have ended, ${ids.size} of them different ones`];
}

function problemsOfStock(orders: readonly Outcome[], stock: Readonly<Record<string, Stock>>): string[] {
  return ITEMS.flatMap((item) => {
    const { free, reserved, left } = stock[item];
    const sent = orders.filter((order) => order.item === item && order.hasLeft).reduce((sum, { quantity }) => sum + quantity, 0);
    if (free + left === PIECES && reserved === 0 && left === sent) return [];
    return [`${item}: of ${PIECES} pieces ${free} are free, ${reserved} reserved, ${left} have left, and ${sent} were sent`];
  });
}

/** Once for what was delivered; once and back for what was refunded; never for the rest. */
function problemsOfMoney(orders: readonly Outcome[], statement: readonly Movement[]): string[] {
  return orders.flatMap(({ id, state, price }) => {
    const moved = statement.filter(({ order }) => order === id).map(({ kind, cents }) => `${kind} ${cents}`);
    const due = [...(state === 'cancelled' ? [] : [`capture ${price}`]), ...(state === 'refunded' ? [`refund ${price}`] : [])];
    return moved.join() === due.join() ? [] : [`${id} is ${state}, and the bank says: ${moved.join(', ') || 'nothing'}`];
  });
}
