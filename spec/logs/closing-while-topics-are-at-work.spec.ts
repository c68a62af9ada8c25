import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Engine, keyBasedRetention, type LogRecord, type NewRecord, type Offset, type OpenOptions, type Topic } from '../../index.ts';
import { codeOf } from '../../protocol/errors.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { nextEvent } from '../support/next-event.ts';
import { records, recordsOf, refused, textOf } from './support/topics.ts';

/** Nothing goes: every record has a key of its own. */
const COMPACTION = { strategy: keyBasedRetention(1_000_000), compactionThreshold: 2_000, minDirtyRatio: 0 };
const TOPICS = ['a', 'b', 'c'];
/** What a caller may hear of a close. */
const CODES = ['LITHIFY_CLOSED', 'LITHIFY_SHUTTING_DOWN', 'LITHIFY_ABORTED'];

const WORLDS: Readonly<Record<string, OpenOptions>> = {
  'in this thread': TINY,
  'with workers': { ...TINY, workers: 2 },
  'with no time to finish': { ...TINY, workers: 2, closeDeadlineMs: 0 },
};

for (const [what, options] of Object.entries(WORLDS)) {
  test(`closing ${what}: everybody is answered, and what was acknowledged is there`, async (t) => {
    const directory = await tempDirectory(t);
    const engine = await openEngine(t, options, directory);
    const work = new Work(engine);
    const started = nextEvent(engine, 'logCompactionStarted');
    const over = [work.produceToAll(), work.subscribeToAll(), work.others()];
    await started;
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    await engine.close();
    await Promise.all(over);
    t.deepEqual(
      [...work.codes].filter((code) => !CODES.includes(code)),
      [],
    );
    t.true(work.acknowledged.size > 0);
    await work.assertThere(t, await openEngine(t, TINY, directory));
  });
}

test('two closes at once, and one after, are answered alike', async (t) => {
  const engine = await openEngine(t, { ...TINY, workers: 1 });
  const topic = engine.topic('t', { compaction: COMPACTION });
  await topic.produceMany(records(100));
  const compaction = t.throwsAsync(topic.compact());
  await Promise.all([engine.close(), engine.close()]);
  t.true(CODES.includes(codeOf(await compaction) ?? 'none'));
  await engine.close();
});

test('after the close every call is answered, with LITHIFY_CLOSED where it would do something', async (t) => {
  const engine = await openEngine(t);
  const topic = engine.topic('t', { compaction: COMPACTION });
  await topic.produce({ key: 1n, value: 'v' });
  const live = topic.subscribe({ from: 'end' });
  const waiting = live.next();
  // It has come to the end of the log.
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  await engine.close();
  const large = { key: 1n, value: 'x'.repeat(10_000) };
  const closed: readonly (() => unknown)[] = [
    ...[() => waiting, () => live.next(), () => topic.subscribe().next(), () => engine.subscribe([topic]).next()],
    ...[() => topic.produce({ key: 1n, value: 'v' }), () => topic.produce(large), () => topic.produceMany([large, large])],
    ...[() => engine.topic('new').make(), () => engine.topic('new').produce(large), () => topic.drop(), () => topic.commit('g', 0)],
    () => engine.write((tx) => tx.produce('new', large)),
    () => engine.write((tx) => tx.produce('t', large)),
    () => engine.write((tx) => tx.put('key', 'value')),
    () => engine.write((tx) => tx.commit('g', 't', 0)),
  ];
  for (const call of closed) await refused(t, call, 'LITHIFY_CLOSED', String(call));
  await refused(t, () => topic.compact(), 'LITHIFY_SHUTTING_DOWN');
  await topic.unregister();
  topic.register(COMPACTION);
  t.like(topic.offsets(), { next: 1 });
  t.is(engine.topics().length, 1);
  await live.return();
});

test('a topic that is made, a drop and a large value that are on their way when the engine closes are answered', async (t) => {
  for (let turns = 0; turns < 12; turns++) {
    const directory = await tempDirectory(t);
    const engine = await openEngine(t, TINY, directory);
    const [stays, goes] = await Promise.all(['stays', 'goes'].map((name) => engine.topic(name).make()));
    const calls = [
      engine.topic('new').make(),
      goes?.drop(),
      stays?.produce({ key: 1n, value: 'x'.repeat(9_000) }),
      engine.topic('newer').produce({ key: 1n, value: 'v' }),
    ];
    const settled = Promise.allSettled(calls);
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    await engine.close();
    const outcomes = (await settled).map((one) => (one.status === 'fulfilled' ? 'done' : codeOf(one.reason)));
    t.true(
      outcomes.every((one) => one === 'done' || CODES.includes(one ?? '')),
      outcomes.join(),
    );
    const again = await openEngine(t, TINY, directory);
    const names = again.topics().map(({ name }) => name);
    const hasRecord = (name: string) => (again.topic(name).offsets()?.next ?? 0) > 0;
    const found = [names.includes('new'), !names.includes('goes'), hasRecord('stays'), hasRecord('newer')];
    t.deepEqual(
      found,
      outcomes.map((one) => one === 'done'),
      `${outcomes}, then ${names}`,
    );
  }
});

/** What goes on in an engine, and what of it was acknowledged. */
class Work {
  readonly codes = new Set<string>();
  /** Values by topic and offset. */
  readonly acknowledged = new Map<string, string>();
  readonly #engine: Engine;
  readonly #topics: readonly Topic[];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#topics = TOPICS.map((name) => engine.topic(name, { compaction: COMPACTION }));
  }

  async produceToAll(): Promise<void> {
    await Promise.all(this.#topics.map((topic) => this.#until(async (i) => this.#produce(topic, i))));
  }

  /** From the start and from the end; one topic and all of them. */
  async subscribeToAll(): Promise<void> {
    await this.#topics[0]?.make();
    await this.#topics[1]?.make();
    await this.#topics[2]?.make();
    const subscriptions = [...this.#topics.map((topic) => topic.subscribe()), this.#engine.subscribe(this.#topics, { from: 'end' })];
    await Promise.all(subscriptions.map((subscription) => this.#until(async () => void (await subscription.next()))));
  }

  /** Atomic writes, groups, new topics, compactions that are asked for. */
  async others(): Promise<void> {
    const [first] = this.#topics;
    if (first === undefined) return;
    await first.make();
    await Promise.all([
      this.#until(async (i) => this.#write(i)),
      this.#until(async (i) => void (await this.#engine.topic(`new ${i}`).make())),
      this.#until(async () => first.compact()),
      this.#until(async () => first.commit('group', Math.max(0, (first.offsets()?.next ?? 0) - 1)).catch(ignoreInvalid)),
    ]);
  }

  async assertThere(t: ExecutionContext, engine: Engine): Promise<void> {
    const found = new Map<string, string>();
    for (const name of TOPICS) for (const record of await recordsOf(engine.topic(name))) found.set(placeOf(record), textOf(record));
    const missing = [...this.acknowledged].filter(([place, value]) => found.get(place) !== value);
    t.deepEqual(missing, [], `of ${this.acknowledged.size}`);
  }

  async #produce(topic: Topic, i: number): Promise<void> {
    const record = recordOf(topic.name, i);
    this.#note(topic.name, await topic.produce(record), record);
  }

  async #write(i: number): Promise<void> {
    const record = recordOf('a', 1_000_000 + i);
    const [offset] = await this.#engine.write((tx) => {
      tx.put(`key ${i}`, 'value');
      tx.produce('a', record);
    });
    if (offset !== undefined) this.#note('a', offset, record);
  }

  #note(topic: string, offset: Offset, { value }: NewRecord): void {
    this.acknowledged.set(`${topic}/${offset}`, String(value));
  }

  /** Again and again until it is refused. */
  async #until(act: (i: number) => Promise<void>): Promise<void> {
    try {
      for (let i = 0; ; i++) {
        await act(i);
        await setImmediate();
      }
    } catch (error) {
      this.codes.add(codeOf(error) ?? String(error));
    }
  }
}

/** Large now and then. */
function recordOf(topic: string, i: number): NewRecord {
  return { key: BigInt(i), value: `${topic} ${i}`.padEnd(i % 50 === 49 ? 5_000 : 40, '.') };
}

function placeOf({ topic, offset }: LogRecord): string {
  return `${topic}/${offset}`;
}

/** There has been no record yet. */
function ignoreInvalid(error: unknown): void {
  if (codeOf(error) !== 'LITHIFY_INVALID_ARGUMENT') throw error;
}
