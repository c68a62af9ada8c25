import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { open } from 'lithify';
import type { Line } from '../../examples/order-fulfilment/attend.ts';
import type { Report } from '../../examples/order-fulfilment/books.ts';
import { fateOf, randomFrom } from '../../examples/order-fulfilment/world.ts';
import { endWithSpecs } from '../support/children.ts';
import { freshLocation } from '../support/cli.ts';
import { Promises } from './support/order-promises.ts';

const MAIN = fileURLToPath(new URL('../../examples/order-fulfilment/main.ts', import.meta.url));
const MIN_KILLS = 10;

interface Run {
  readonly lines: readonly Line[];
  readonly report: Report | undefined;
  readonly code: number | null;
}

/** Runs the example; with `killAfter` until it has printed so many lines. */
async function runShop(args: readonly string[], killAfter = Number.POSITIVE_INFINITY): Promise<Run> {
  const child = endWithSpecs(
    spawn(process.execPath, ['--conditions=lithify-source', MAIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const closed = once(child, 'close');
  const printed: (Line | Report)[] = [];
  for await (const line of createInterface(child.stdout)) {
    printed.push(JSON.parse(line));
    if (printed.length >= killAfter) child.kill('SIGKILL');
  }
  const [code] = await closed;
  const isReport = (line: Line | Report): line is Report => line?.event === 'report';
  return { lines: printed.filter((line): line is Line => !isReport(line)), report: printed.find(isReport), code };
}

test('an undisturbed shop fulfils what it can, its books balance, and when it has nothing left to do it says the same again', async (t) => {
  const args = ['--db', await freshLocation(t), '--orders', '30', '--seed', '4'];
  const { lines, report, code } = await runShop(args);
  t.is(code, 0);
  t.like(report, { event: 'report', orders: 30, problems: [] });
  const placed = lines.filter((line) => line.event === 'acknowledged' && line.message === 'Placed');
  t.is(placed.length, 30);
  const states = Object.values(report?.states ?? {});
  t.true(states.every((count) => count > 0));
  t.is(
    states.reduce((sum, count) => sum + count, 0),
    30,
  );
  t.deepEqual((await runShop(args)).report, report);
});

test('killed again and again, it goes on with every order from its last acknowledged event, and its books balance', async (t) => {
  const args = ['--db', await freshLocation(t), '--orders', '50', '--seed', '7'];
  const [promises, random] = [new Promises(), randomFrom(7)];
  let kills = 0;
  for (; kills < MIN_KILLS + 1; kills++) {
    // More than it says of the orders that it finds, so that every life gets on.
    const { lines, report } = await runShop(args, 1 + promises.orders + Math.floor(random() * 25));
    promises.take(lines);
    if (report !== undefined) break;
  }
  t.true(kills >= MIN_KILLS, `${kills} kills`);
  const { lines, report, code } = await runShop(args);
  promises.take(lines);
  t.deepEqual(promises.problems, []);
  t.is(code, 0);
  t.like(report, { orders: 50, problems: [] });
  t.log(`${kills} kills, ${promises.acknowledged} acknowledged events, ${JSON.stringify(report?.states)}`);
});

test('the same seed places the same orders', (t) => {
  const orders = (seed: number) => Array.from({ length: 40 }, (_, i) => fateOf(seed, i + 1));
  t.deepEqual(orders(3), orders(3));
  t.notDeepEqual(orders(3), orders(4));
});

test('a second shop on the same store is told so, and the first goes on', async (t) => {
  const location = await freshLocation(t);
  const engine = await open(location);
  const { lines, report, code } = await runShop(['--db', location]);
  t.deepEqual([lines, report, code], [[], undefined, 1]);
  await engine.close();
});

test('wrong usage is answered with the right one', async (t) => {
  for (const args of [[], ['--db', 'x', '--orders', 'many']]) {
    const child = spawn(process.execPath, ['--conditions=lithify-source', MAIN, ...args], { stdio: 'ignore' });
    const [code] = await once(child, 'close');
    t.is(code, 2);
  }
});
