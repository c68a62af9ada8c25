import test, { type ExecutionContext } from 'ava';
import { type Engine, open } from 'lithify';
import { checkRecovered } from '../../cli/demo/recovered.ts';
import { operations, type Workload } from '../../cli/demo/workload.ts';

const workload: Workload = { seed: 5, writes: 1000, keys: 80, valueBytes: 30, batch: 10 };
const asBytes = { keyEncoding: 'view', valueEncoding: 'view' } as const;

/** A store that holds the first `to` writes. */
async function holding(t: ExecutionContext, to: number): Promise<Engine> {
  const engine = await open('/demo-recovered', { storage: 'memory' });
  t.teardown(() => engine.close());
  if (to > 0) await engine.kv.batch<Uint8Array, Uint8Array>(operations(workload, 0, to), asBytes);
  return engine;
}

const intent = { workload, acknowledged: 500, issued: 540, phase: 'writing' };

for (const to of [500, 510, 540]) {
  test(`a store of the first ${to} writes fits 500 acknowledged of 540 issued`, async (t) => {
    t.like(await checkRecovered(await holding(t, to), intent), { recovered: to, examples: [] });
  });
}

for (const [to, what] of [
  [490, 'one batch too few'],
  [550, 'a batch that was never issued'],
  [515, 'half a batch'],
] as const) {
  test(`a store with ${what} does not fit`, async (t) => {
    const { recovered, examples } = await checkRecovered(await holding(t, to), intent);
    t.is(recovered, undefined);
    t.true(examples.length > 0);
  });
}

test('a later batch without the one before it does not fit', async (t) => {
  const engine = await holding(t, 500);
  await engine.kv.batch<Uint8Array, Uint8Array>(operations(workload, 510, 520), asBytes);
  t.is((await checkRecovered(engine, intent)).recovered, undefined);
});

test('a value that no write has left does not fit', async (t) => {
  const engine = await holding(t, 500);
  await engine.kv.put('sensor/000000007', 'v0000000001;');
  const { recovered, examples } = await checkRecovered(engine, intent);
  t.is(recovered, undefined);
  t.regex(examples.join(), /no write of this demo/);
});

test('nothing acknowledged and nothing there fits', async (t) => {
  t.like(await checkRecovered(await holding(t, 0), { ...intent, acknowledged: 0, issued: 0 }), { recovered: 0 });
});
