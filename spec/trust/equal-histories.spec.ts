import test from 'ava';
import { configurationsOf } from '../../torture/metamorphic/configurations.ts';
import { operationsOf } from '../../torture/metamorphic/generate.ts';
import { agree } from '../../torture/metamorphic/metamorphic.ts';

// A bounded slice of the metamorphic runs of `npm run torture`.

const SEED = 1;

test('one list of operations shows the same under every configuration', async (t) => {
  const configurations = configurationsOf(SEED);
  const operations = operationsOf(SEED, 30);
  await agree(configurations, SEED, operations);
  t.true(configurations.length > 30);
  t.log(`${operations.length} operations × ${configurations.length} configurations`);
});

test('further lists show the same under some of them', async (t) => {
  for (const seed of [2, 3, 4]) {
    const [model, ...others] = configurationsOf(seed);
    const some = others.filter(({ name }, at) => at % 6 === seed && !name.includes('LevelDB'));
    await agree([model, ...some], seed, operationsOf(seed, 40));
    t.log(`40 operations × ${some.map(({ name }) => name.slice(0, 40)).join(', ')}`);
  }
  t.pass();
});

test('every kind of operation is in the lists', (t) => {
  const seen = new Set(Array.from({ length: 10 }, (_, seed) => operationsOf(seed, 80).map(({ kind }) => kind)).flat());
  t.true(seen.size > 30, [...seen].sort().join(', '));
});

test('a seed has one list', (t) => {
  t.deepEqual(operationsOf(7, 80), operationsOf(7, 80));
  t.notDeepEqual(operationsOf(7, 80), operationsOf(8, 80));
});
