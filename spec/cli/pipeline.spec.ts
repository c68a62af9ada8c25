import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { Pipeline } from '../../cli/pipeline.ts';

test('as many run at once as allowed, and results come in the order of the starts', async (t) => {
  const results: number[] = [];
  const started: number[] = [];
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const pipeline = new Pipeline<number>(3, (result) => results.push(result));
  const start = (index: number) =>
    pipeline.start(async () => {
      started.push(index);
      await gates[index]?.promise;
      return index;
    });
  for (const index of [0, 1, 2]) await start(index);
  const fourth = start(3);
  // The oldest one holds the place, also when a later one is done.
  gates[2]?.resolve();
  await setImmediate();
  t.deepEqual([started, results], [[0, 1, 2], []]);
  gates[0]?.resolve();
  await fourth;
  t.deepEqual([started, results], [[0, 1, 2, 3], [0]]);
  for (const gate of gates) gate.resolve();
  await pipeline.drain();
  t.deepEqual(results, [0, 1, 2, 3]);
});

test('after a failure nothing more is started, and nothing is left unhandled', async (t) => {
  let started = 0;
  const pipeline = new Pipeline<void>(2, () => undefined);
  const fail = async () => {
    started++;
    throw new Error(`failure ${started}`);
  };
  await pipeline.start(fail);
  await pipeline.start(fail);
  await t.throwsAsync(pipeline.start(fail), { message: 'failure 1' });
  await t.throwsAsync(pipeline.drain(), { message: 'failure 1' });
  t.is(started, 2);
});
