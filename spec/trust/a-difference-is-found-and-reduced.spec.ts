import test, { type ExecutionContext } from 'ava';
import { type Configuration, configurationsOf } from '../../torture/metamorphic/configurations.ts';
import { operationsOf } from '../../torture/metamorphic/generate.ts';
import { agree } from '../../torture/metamorphic/metamorphic.ts';
import { modelPerformer } from '../../torture/metamorphic/model.ts';
import type { Operation } from '../../torture/metamorphic/operations.ts';
import type { Performer } from '../../torture/metamorphic/performer.ts';
import { play } from '../../torture/metamorphic/player.ts';

// The machine itself is put to the test: stores with one fault each, planted around the naive one.

const SEED = 3;
const [SOUND] = configurationsOf(SEED);

/** The fault is in the operations that are replaced; `sound` does them as they ought to be done. */
function faulty(name: string, fault: (sound: Performer) => Partial<Performer>): Configuration {
  return {
    name,
    play: async (_, operations) => {
      const sound = modelPerformer();
      return play(operations, { ...sound, ...fault(sound) });
    },
  };
}

async function reductionOf(t: ExecutionContext, configuration: Configuration, count: number): Promise<Operation[]> {
  const error = await t.throwsAsync(agree([SOUND, configuration], SEED, operationsOf(SEED, count)));
  const { message = '' } = error ?? {};
  t.true(message.startsWith(`Seed ${SEED}: configurations differ at operation `), message);
  t.true(message.includes(`under '${configuration.name}': `), message);
  const least = message.split('\n').filter((line) => line.startsWith('  {'));
  t.log(`${count} operations came down to ${least.length}`);
  return least.map((line) => JSON.parse(line.slice(2, -1)));
}

test('a store that forgets every third delete: the list comes down to three, and what the last of them was to take', async (t) => {
  const forgetful = faulty('a forgotten delete', ({ del }) => {
    let deletes = 0;
    return { del: async (operation) => (++deletes % 3 === 0 ? null : del(operation)) };
  });
  const least = await reductionOf(t, forgetful, 600);
  const deletes = least.filter(({ kind }) => kind === 'del');
  t.is(deletes.length, 3);
  t.true(least.length <= 4, JSON.stringify(least));
});

test('a store whose snapshots move on: what is left is little more than a snapshot, a write and a read', async (t) => {
  const moving = faulty('moving snapshots', ({ get, scan, getMany, snapshot, release }) => {
    const taken = new Set<number>();
    // Whoever has it reads the present.
    const present = <T extends { at?: number }>({ at, ...rest }: T) => (at === undefined || taken.has(at) ? rest : { ...rest, at }) as T;
    return {
      snapshot: async (operation) => {
        taken.add(operation.place);
        return snapshot(operation);
      },
      release: async (operation) => {
        taken.delete(operation.place);
        return release(operation);
      },
      get: (operation) => get(present(operation)),
      getMany: (operation) => getMany(present(operation)),
      scan: (operation) => scan(present(operation)),
    };
  });
  const least = await reductionOf(t, moving, 120);
  t.true(least.length <= 4, JSON.stringify(least));
  t.true(least.some(({ kind }) => kind === 'snapshot'));
});

test('a store that loses the second record of a batch: what an operation is made of is reduced too', async (t) => {
  const losing = faulty('a lost record', ({ produce }) => ({
    produce: async (operation) => produce({ ...operation, records: operation.records.toSpliced(1, 1) }),
  }));
  const least = await reductionOf(t, losing, 80);
  t.is(least.length, 1);
  const [only] = least;
  t.is(only.kind === 'produce' ? only.records.length : 0, 2);
});

test('a play that does not come to its end is a difference, not the end of the run', async (t) => {
  const broken = faulty('broken', () => ({ end: () => Promise.reject(new Error('the fault')) }));
  const error = await t.throwsAsync(agree([SOUND, broken], SEED, operationsOf(SEED, 20)));
  t.regex(error?.message ?? '', /It broke: the fault/);
});

test('what all stores show alike is held against maps and arrays', async (t) => {
  const wrong = (name: string) => faulty(name, ({ del }) => ({ del: (operation) => del({ ...operation, key: 'another' }) }));
  await t.notThrowsAsync(agree([wrong('one'), wrong('two')], SEED, operationsOf(SEED, 600)));
  await t.throwsAsync(agree([SOUND, wrong('one'), wrong('two')], SEED, operationsOf(SEED, 600)));
});
