import test, { type ExecutionContext } from 'ava';
import { type Engine, keyBasedRetention, type OpenOptions, open } from '../../index.ts';
import { tempDirectory } from '../support/engines.ts';
import { blobsIn } from '../support/store-contents.ts';
import { shown } from './support/topics.ts';

const COUNT = 5_000;
const NAMES = Array.from({ length: COUNT }, (_, i) => `device/${i}`);
const MiB = 1024 * 1024;

/** Counts what the engine's actors are and do. */
class Watch {
  readonly actors = new Map<string, number>();
  manifestCommits = 0;

  readonly inspect = (event: unknown): void => {
    const { type, actorRef, event: sent } = event as { type: string; actorRef?: { id: string }; event?: { type: string } };
    const id = actorRef?.id ?? '';
    if (type === '@xstate.actor') this.actors.set(id, (this.actors.get(id) ?? 0) + 1);
    if (type === '@xstate.event' && id === 'tablet' && sent?.type === 'Commit') this.manifestCommits += 1;
  };

  get logCompactors(): number {
    return [...this.actors.keys()].filter((id) => /^log/i.test(id)).length;
  }
}

test('cost an actor only while one is compacted, few commits, one blob a flush, and are there again', async (t) => {
  const directory = await tempDirectory(t);
  const watch = new Watch();
  const first = await openThem(directory, watch);
  const actors = watch.actors.size;
  const since = performance.now();
  await Promise.all(NAMES.map((name) => first.topic(name, COMPACTED).make()));
  const made = performance.now();
  t.true(watch.manifestCommits < 20, `${watch.manifestCommits} commits of the manifest`);
  await produceToAll(first, 'first');
  const produced = performance.now();
  t.true(first.stats().writes.commits < 100, `${first.stats().writes.commits} commits`);
  // Those that came are what the tablet and the writer have at work.
  t.true(watch.actors.size < actors + 5, [...watch.actors.keys()].join());
  t.is(watch.logCompactors, 0);

  const before = watch.manifestCommits;
  await first.ask({ type: 'MinorCompact' });
  const flushed = performance.now();
  t.is(watch.manifestCommits - before, 1);
  await first.close();
  t.is((await blobsIn(directory)).length, 1);

  const reopening = performance.now();
  const again = await openThem(directory, new Watch());
  const opened = performance.now();
  await assertAll(t, again);
  const ms = (from: number, to: number) => `${Math.round(to - from)} ms`;
  t.log(`made ${ms(since, made)}, produced ${ms(made, produced)}, flushed ${ms(produced, flushed)}, opened ${ms(reopening, opened)}`);
  await again.close();
});

test('of which one is compacted, only that one has an actor, and only for so long', async (t) => {
  const watch = new Watch();
  const engine = await openThem(await tempDirectory(t), watch);
  await Promise.all(NAMES.map((name) => engine.topic(name, COMPACTED).make()));
  await produceToAll(engine, 'first');
  await produceToAll(engine, 'second');
  t.is(watch.logCompactors, 0);
  const [name = ''] = NAMES;
  await engine.topic(name).compact();
  t.is(watch.logCompactors, 1);
  t.deepEqual(await shown(engine.topic(name)), ['1:second']);
  t.is(engine.stats().logs.compactors.filter(({ state }) => state !== 'idle').length, 0);
  await engine.close();
});

const COMPACTED = { compaction: { strategy: keyBasedRetention(10) } };

function openThem(directory: string, watch: Watch): Promise<Engine> {
  const options: OpenOptions = { workers: 0, durability: 'os', memtableBytes: 4 * MiB, memoryBytes: 16 * MiB, inspect: watch.inspect };
  return open(directory, options);
}

async function produceToAll(engine: Engine, value: string): Promise<void> {
  await Promise.all(NAMES.map((name) => engine.topic(name).produce({ key: 1n, value })));
}

async function assertAll(t: ExecutionContext, engine: Engine): Promise<void> {
  const topics = engine.topics();
  t.is(topics.length, COUNT);
  t.true(topics.every(({ records }) => records === 1));
  for (const name of NAMES.slice(0, 20)) t.deepEqual(await shown(engine.topic(name)), ['0:first']);
  await produceToAll(engine, 'second');
  t.true(NAMES.every((name) => engine.topic(name).offsets()?.next === 2));
}
