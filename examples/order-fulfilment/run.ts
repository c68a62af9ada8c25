import { parseArgs } from 'node:util';
import { createActor, toPromise } from 'xstate';
import { type ShopInput, shop } from './shop.ts';

const input = inputOf(process.argv.slice(2));
if (input === undefined) {
  process.stderr.write('usage: node examples/order-fulfilment/main.ts --db DIR [--orders N] [--seed S]\n');
  process.exitCode = 2;
} else await trade(input);

async function trade(input: ShopInput): Promise<void> {
  const actor = createActor(shop, { input });
  actor.on('Progress', ({ line }) => print(line));
  const ended = toPromise(actor);
  actor.start();
  try {
    const report = await ended;
    print(report);
    process.exitCode = report?.problems.length === 0 ? 0 : 1;
  } catch (error) {
    // Such as LITHIFY_LOCKED: another shop has the store open.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** undefined: wrong usage. */
function inputOf(args: readonly string[]): ShopInput | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { db: { type: 'string' }, orders: { type: 'string', default: '40' }, seed: { type: 'string', default: '1' } },
    });
    const [orders, seed] = [Number(values.orders), Number(values.seed)];
    const isSound = Number.isSafeInteger(orders) && orders >= 1 && Number.isSafeInteger(seed);
    return values.db !== undefined && isSound ? { location: values.db, orders, seed } : undefined;
  } catch {
    return undefined;
  }
}

function print(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
