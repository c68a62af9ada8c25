import test from 'ava';
import { nodeRuntime, open } from 'lithify';
import { type FaultRule, FaultRules, Random, type SimulateOptions, simulate } from 'lithify/testing';

const code = 'LITHIFY_INVALID_ARGUMENT';
const NOTHING = async () => {};

test('a seed that is no whole number, and might be the same as another', async (t) => {
  for (const seed of [Number.NaN, 1.5, 2 ** 40, '1' as unknown as number])
    await t.throwsAsync(simulate(seed, NOTHING), { code, message: /seed/ });
});

test('an option that is misspelt', async (t) => {
  const options = { step: 5 } as SimulateOptions;
  await t.throwsAsync(simulate(1, NOTHING, options), { code, message: /'step'; known are .*steps/ });
});

test('a rule that would never apply, because its condition is misspelt', (t) => {
  const rules = new FaultRules(new Random(1));
  const fault = { kind: 'flip' } as const;
  t.throws(() => rules.add({ probabilty: 1, fault } as FaultRule), { code, message: /'probabilty'; known are .*probability/ });
  t.throws(() => rules.add({ probability: 2, fault }), { code, message: /from 0 to 1/ });
  t.throws(() => rules.add({ on: 'get', fault: { kind: 'melt' } } as unknown as FaultRule), { code, message: /kind melt/ });
  t.throws(() => rules.add({ on: 'get' } as FaultRule), { code, message: /kind undefined/ });
});

test('a life within a life', async (t) => {
  await simulate(1, async (simulation) => {
    await simulation.life(async () => {
      await t.throwsAsync(simulation.life(NOTHING), { code, message: /one after the other/ });
    });
  });
});

test('threads over a database that only this thread has', async (t) => {
  const openDatabase = () => Promise.reject(new Error('never asked'));
  const runtime = nodeRuntime({ openDatabase });
  await t.throwsAsync(open('nowhere', { runtime, workers: 1 }), { code, message: /workers is 1.*openDatabase/ });
});
