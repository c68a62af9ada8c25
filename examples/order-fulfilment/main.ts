#!/usr/bin/env node
/**
 * A shop whose orders survive `kill -9`: `node examples/order-fulfilment/main.ts --db DIR [--orders N] [--seed S]`. Each order is a
 * state machine that keeps itself in the store (`persist`); the shop is a machine that has the store as one of its
 * actors (`engineLogic`). Kill it whenever you like and start it again on the same directory: every order goes on from its
 * last acknowledged event, and at the end the books balance.
 *
 *     placed → paid → reserved → shipped → delivered        declined: cancelled
 *                         └──────────┴─ a time-out: refunded
 *
 * order.ts       the life of an order, as a chart
 * warehouse.ts   stock and reservations, changed together
 * bank.ts        takes money once for a key, however often it is asked
 * world.ts       what customers, packers and carriers do, from a seed
 * house.ts       all of them on an engine that is open; what an order invokes
 * shop.ts        the engine, the orders, and the audit at the end
 * books.ts       the audit
 *
 * Prints a line of JSON for everything that has happened; the last is the report. Exit codes: 0 it balances, 1 it does not, 2 wrong usage.
 */
import { runExample } from '../checkout.ts';

await runExample(() => import('./run.ts'));
