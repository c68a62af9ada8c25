import test, { type ExecutionContext } from 'ava';
import { type Engine, open } from '../../index.ts';
import { contentOf, eventsOf, openEngine, quiet, sorted, TINY, tempDirectory } from '../support/engines.ts';
import { liveCopy } from '../support/live-copy.ts';

// D1 and D2 of the seed: results of merges were never recorded, and a flush only until the next one.

type Step = 'write' | 'overwrite' | 'delete' | 'flush' | 'minor and regular' | 'major' | 'gc';

const HISTORY: readonly Step[] = [
  ...(['write', 'flush', 'overwrite', 'flush', 'minor and regular', 'delete', 'flush', 'minor and regular'] as const),
  ...(['gc', 'overwrite', 'major', 'delete', 'flush', 'gc', 'major', 'write', 'minor and regular', 'gc', 'overwrite'] as const),
];
const KEYS = 600;
/** Small memtables make small level targets, so that Regular orders come up. */
const OPTIONS = { ...TINY, memtableBytes: 4 * 1024 };

for (const [length] of [...HISTORY, 'gc'].entries()) {
  const name = length === 0 ? 'nothing' : `${length} steps, the last a ${HISTORY[length - 1]},`;
  test(`after ${name} a reopened store has exactly the acknowledged data`, async (t) => {
    const directory = await tempDirectory(t);
    const engine = await open(directory, OPTIONS);
    const model = new Map<string, string>();
    for (const [round, step] of HISTORY.slice(0, length).entries()) await take(engine, step, round, model);
    t.deepEqual(await contentOf(engine), sorted(model));
    const copy = await liveCopy(directory, `${await tempDirectory(t)}/copy`);
    await engine.close();
    await assertContent(t, directory, model);
    // The copy was never closed: what a killed process would have left.
    await assertContent(t, copy, model);
  });
}

test('the history makes every kind of compaction', async (t) => {
  const engine = await openEngine(t, OPTIONS);
  const events = eventsOf(engine);
  const model = new Map<string, string>();
  for (const [round, step] of HISTORY.entries()) await take(engine, step, round, model);
  const kinds = new Set(events.flatMap((event) => (event.type === 'compacted' ? [event.kind] : [])));
  t.deepEqual([...kinds].sort(), ['flush', 'major', 'minor', 'regular']);
  t.true(events.some((event) => event.type === 'collected'));
});

async function take(engine: Engine, step: Step, round: number, model: Map<string, string>): Promise<void> {
  switch (step) {
    case 'write':
    case 'overwrite':
      return put(engine, round, model);
    case 'delete':
      return remove(engine, round, model);
    case 'flush':
      return void (await engine.ask({ type: 'MinorCompact' }));
    case 'minor and regular':
      await engine.ask({ type: 'MinorCompact' });
      return quiet(engine);
    case 'major':
      return void (await engine.ask({ type: 'MajorCompaction' }));
    case 'gc':
      return void (await engine.ask({ type: 'GarbageCollect' }));
  }
}

async function put(engine: Engine, round: number, model: Map<string, string>): Promise<void> {
  const writes: { type: 'put'; key: string; value: string }[] = [];
  for (let i = 0; i < KEYS; i += 1 + (round % 3)) {
    const key = `key-${String((i * 7 + round) % KEYS).padStart(4, '0')}`;
    writes.push({ type: 'put', key, value: `value of round ${round} ${'·'.repeat(i % 30)}` });
  }
  for (const { key, value } of writes) model.set(key, value);
  for (let at = 0; at < writes.length; at += 10) await engine.kv.batch(writes.slice(at, at + 10));
}

async function remove(engine: Engine, round: number, model: Map<string, string>): Promise<void> {
  const keys = [...model.keys()].filter((_, i) => i % 5 === round % 5);
  for (const key of keys) model.delete(key);
  for (let at = 0; at < keys.length; at += 50) await engine.kv.batch(keys.slice(at, at + 50).map((key) => ({ type: 'del', key })));
}

async function assertContent(t: ExecutionContext, directory: string, model: ReadonlyMap<string, string>): Promise<void> {
  const engine = await open(directory, { ...OPTIONS, createIfMissing: false });
  t.deepEqual(await contentOf(engine), sorted(model));
  const report = await engine.verify();
  t.deepEqual(report.damage, []);
  await engine.close();
}
