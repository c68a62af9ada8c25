import test, { type ExecutionContext } from 'ava';
import { type LithifyError, type Offset, retentionModule, type Strategy } from '../../index.ts';
import { records, shown } from '../logs/support/topics.ts';
import { eventsOf, openEngine, TINY } from '../support/engines.ts';
import { nextEvent, ofType } from '../support/next-event.ts';
import { AT, waits } from './support/strategies/endless.ts';
import { Undermined } from './support/user-code.ts';

// A call of the user's code that does not come back is ended when its budget is over: its thread goes, its run fails, everything stays.

const budgetMs = 200;
const moduleOf = (name: string): string => new URL(`./support/strategies/${name}.ts`, import.meta.url).href;

/** By export: the offset at which it does not come back. */
const ENDLESS: Readonly<Record<string, Offset | undefined>> = {
  ...{ key: AT, reduce: AT, tombstone: AT, init: undefined, laterPass: undefined, collect: undefined },
};

test('whatever call of a module loops for ever is ended when its budget is over', async (t) => {
  const module = moduleOf('endless');
  const undermined = await Undermined.open(t, { workers: 1 });
  for (const [call, offset] of Object.entries(ENDLESS)) {
    const error = await undermined.failure({ strategy: retentionModule({ module, export: call }), budgetMs });
    assertOverBudget(t, error, { call, module, ...(offset !== undefined && { offset }) });
  }
  await undermined.goesOn();
});

test('so is the iterator of a map that it collected, and a module that does not come to be loaded', async (t) => {
  const undermined = await Undermined.open(t, { workers: 1 });
  for (const [name, as, call] of [
    ['endless', 'iterates', 'collect'],
    ['endless', 'isMade', 'load'],
    ['endless-import', 'default', 'load'],
    ['waiting-import', 'default', 'load'],
  ]) {
    const module = moduleOf(name);
    const error = await undermined.failure({ strategy: { module, export: as }, budgetMs });
    assertOverBudget(t, error, { call, module });
  }
  await undermined.goesOn();
});

test('without threads a promise that never settles is given up all the same, of an object and of a module', async (t) => {
  const undermined = await Undermined.open(t, { workers: 0 });
  const module = moduleOf('endless');
  assertOverBudget(t, await undermined.failure({ strategy: waits, budgetMs }), { call: 'init' });
  assertOverBudget(t, await undermined.failure({ strategy: { module, export: 'waits' }, budgetMs }), { call: 'init', module });
  await undermined.goesOn();
});

test('a run that was ended is begun again by itself, and ends when the strategy does', async (t) => {
  const engine = await openEngine(t, TINY);
  const events = eventsOf(engine);
  let calls = 0;
  const strategy: Strategy<Map<bigint, Offset>, bigint> = {
    init: () => (++calls <= 2 ? new Promise(() => {}) : new Map()),
    reduce: (state, key, { offset }) => {
      state.set(key, offset);
      return false;
    },
    collect: (state) => state,
  };
  const topic = engine.topic('t', { compaction: { strategy, compactionThreshold: 1, budgetMs: 20 } });
  const done = nextEvent(engine, 'logCompacted');
  await topic.produceMany(records(30, { keys: 2 }));
  await done;
  t.deepEqual(await shown(topic), ['28:value 28', '29:value 29']);
  t.deepEqual(
    ofType(events, 'logCompactionFailed').map(({ error, retryMs }) => [error.code, retryMs]),
    [
      ['LITHIFY_STRATEGY', 100],
      ['LITHIFY_STRATEGY', 200],
    ],
  );
});

function assertOverBudget(
  t: ExecutionContext,
  error: LithifyError,
  { call, module, offset }: { call: string; module?: string; offset?: Offset },
): void {
  t.is(error.code, 'LITHIFY_STRATEGY');
  t.regex(error.message, new RegExp(`${call}( of \\S+)? was ended: it did not come back within budgetMs \\(${budgetMs} ms\\)`));
  const { topic, ...details } = error.details;
  t.regex(String(topic), /^wrong/);
  const where = { partition: 0, ...(offset !== undefined && { offset }), ...(module !== undefined && { module }) };
  t.deepEqual(details, { ...where, budgetMs });
}
