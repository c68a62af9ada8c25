import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import type { RecorderEntry } from '../../index.ts';
import { EntriesOfLook } from '../../inspector/feed/new-entries.ts';
import type { Frame } from '../../inspector/frames.ts';
import { openEngine } from '../support/engines.ts';
import { inspected, inspectedAs } from './support/inspected.ts';
import { Looker } from './support/looker.ts';

const CHANGING = ['actors', 'shape', 'topics', 'waiting'] as const;

test('first comes who it is, then the whole picture', async (t) => {
  const { engine, url } = await inspected(t);
  await engine.topic('temperatures').produce({ key: 1n, value: 'warm' });
  const looker = await Looker.open(t, url);
  t.like(await looker.next(), { type: 'hello', location: engine.location, everyMs: 200 });
  const frame = await looker.frame();
  t.like(frame, { droppedFrames: 0, droppedEntries: 0, stats: { state: 'open' } });
  t.deepEqual(
    CHANGING.filter((name) => frame[name] === undefined),
    [],
  );
  t.deepEqual(frame.actors, JSON.parse(JSON.stringify(engine.actors())));
  t.is(frame.topics?.[0]?.name, 'temperatures');
});

test('what has not changed since is not sent again', async (t) => {
  const engine = await openEngine(t);
  const { url } = await inspectedAs(t, engine, { recorder: recorderOf([]) });
  const looker = await Looker.open(t, url);
  await looker.frame();
  for (let i = 0; i < 5; i++) {
    const frame = await looker.frame();
    t.deepEqual(
      ['actors', 'shape', 'topics', 'topicsLeftOut'].filter((name) => name in frame),
      [],
    );
    t.deepEqual(frame.entries, []);
    t.like(frame, { stats: { state: 'open' } }, 'which every frame has');
  }
});

test('what has changed comes whole, and once', async (t) => {
  const engine = await openEngine(t);
  const { url } = await inspectedAs(t, engine);
  const looker = await Looker.open(t, url);
  const { shape } = await looker.frame(({ shape }) => shape !== undefined);
  t.deepEqual(shape?.levels.flat(), []);
  await engine.kv.put('a', 'b');
  await engine.ask({ type: 'MajorCompaction' });
  const { shape: later } = await looker.frame(({ shape }) => (shape?.levels.flat().length ?? 0) > 0);
  t.like(later?.levels.flat()[0], { minKey: 'a', maxKey: 'a', entries: 1 });
});

test('the passing of time alone is no change', async (t) => {
  const engine = await openEngine(t);
  let ageMs = 0;
  const leases = () => [{ owner: 'somebody', ageMs: ageMs++, version: 1, pinnedBlobs: 0, pinnedBytes: 0 }];
  const { url } = await inspectedAs(t, engine, { shape: () => ({ ...engine.shape(), leases: leases() }) });
  const looker = await Looker.open(t, url);
  t.is((await looker.frame()).shape?.leases[0]?.ageMs, 0);
  await looker.frame(() => ageMs > 2);
  t.is((await looker.frame()).shape, undefined);
});

test('a topic is seen to grow, with the lag of its groups', async (t) => {
  const engine = await openEngine(t);
  const topic = await engine.topic('temperatures', { partitions: 2 }).make();
  const { url } = await inspectedAs(t, engine);
  const looker = await Looker.open(t, url);
  await looker.frame(({ topics }) => topics?.[0]?.records === 0);
  await topic.produceMany(Array.from({ length: 10 }, (_, key) => ({ key: BigInt(key), value: 'warm' })));
  await topic.commit('alarms', 1, 1);
  const { topics } = await looker.frame(({ topics }) => topics?.[0]?.records === 10 && topics[0].groups.length === 1);
  t.like(topics?.[0], { name: 'temperatures', records: 10, groups: [{ group: 'alarms', partition: 1, committed: 1, lag: 3 }] });
  t.like(topics?.[0].partitions, [
    { partition: 0, beginning: 0, end: 4, next: 5 },
    { partition: 1, beginning: 0, end: 4, next: 5 },
  ]);
  const bytes = topics?.[0].partitions.reduce((sum, { activeBytes, historyBytes }) => sum + activeBytes + historyBytes, 0);
  t.is(bytes, topics?.[0].bytes);
  await engine.ask({ type: 'MinorCompact' });
  const { topics: flushed } = await looker.frame(({ topics }) => topics?.[0]?.partitions[0]?.activeBytes === 0);
  t.is(flushed?.[0].partitions[0].historyBytes, topics?.[0].partitions[0].activeBytes);
});

test('looking at topics makes none', async (t) => {
  const engine = await openEngine(t);
  await engine.topic('one').make();
  const { url } = await inspectedAs(t, engine);
  const { topics, stats } = await (await Looker.open(t, url)).frame(({ topics }) => topics !== undefined);
  t.deepEqual(
    topics?.map(({ name }) => name),
    ['one'],
  );
  t.deepEqual([stats.logs.topics, stats.logs.compactors.length, engine.topics().length], [1, 0, 1]);
});

test('every page gets every entry of the recorder once, in order, and those before it came are not missed', async (t) => {
  const engine = await openEngine(t);
  const entries = entriesOf(50);
  const { url } = await inspectedAs(t, engine, { recorder: recorderOf(entries) });
  const one = await Looker.open(t, url);
  const seen = (await one.frame()).entries.map(({ n }) => n);
  t.deepEqual(
    seen,
    entries.map(({ n }) => n),
  );
  entries.push(...entriesOf(20, 50));
  const later = await one.frame(({ entries }) => entries.length > 0);
  t.deepEqual(
    later.entries.map(({ n }) => n),
    Array.from({ length: 20 }, (_, at) => 51 + at),
  );
  const two = await Looker.open(t, url);
  t.like(await two.frame(), { droppedEntries: 0, entries: { length: 70 } });
});

test('for pages that have seen the same, the recorder is asked once a look', (t) => {
  const asked: number[] = [];
  const recorder = recorderOf(entriesOf(10));
  const since: typeof recorder.since = (n, limit) => {
    asked.push(n);
    return recorder.since(n, limit);
  };
  const look = new EntriesOfLook({ ...recorder, since });
  const [one, two, newcomer] = [look.since(7), look.since(7), look.since(0)];
  t.is(one, two);
  t.deepEqual([one.count, one.last, JSON.parse(one.json).length], [3, 10, 3]);
  t.is(newcomer.count, 10);
  t.deepEqual(asked, [7, 0]);
});

test('of a flood the newest entries come, and the others are counted', async (t) => {
  const engine = await openEngine(t);
  const entries = entriesOf(10);
  const { url } = await inspectedAs(t, engine, { recorder: recorderOf(entries) });
  const looker = await Looker.open(t, url);
  await looker.frame();
  entries.push(...entriesOf(10_000, 10));
  const { entries: shown, droppedEntries } = await looker.frame(({ entries }) => entries.length > 0);
  t.is(shown.at(-1)?.n, 10_010);
  t.is(shown.length + droppedEntries, 10_000);
  t.is((await looker.frame()).droppedEntries, droppedEntries, 'once');
});

test('what is data stays data, whatever it looks like', async (t) => {
  const engine = await openEngine(t);
  const nasty = '</script>\n\nevent: bye\ndata: {}\n\n\u2028\u0000\ud800';
  const details = {
    big: 2n ** 64n,
    bytes: Uint8Array.of(1, 2),
    buffer: Buffer.from([3]),
    none: Number.NaN,
    error: new RangeError('bad'),
    nasty,
  };
  const entries = [...entriesOf(1).map((entry) => ({ ...entry, type: nasty, details }))];
  const { url } = await inspectedAs(t, engine, { recorder: recorderOf(entries) });
  const looker = await Looker.open(t, url);
  const [entry] = (await looker.frame()).entries;
  t.is(entry?.type, nasty);
  t.deepEqual(entry?.details, {
    ...{ big: '18446744073709551616', bytes: { base64: 'AQI=' }, buffer: { base64: 'Aw==' }, none: null, nasty },
    error: { code: 'LITHIFY_INTERNAL', message: 'bad' },
  });
  t.is((await looker.next())?.type, 'frame', 'and no bye');
});

test('rates are of the time between two frames', async (t) => {
  const engine = await openEngine(t);
  const { url } = await inspectedAs(t, engine);
  const looker = await Looker.open(t, url);
  t.like((await looker.frame()).health, { writesPerSecond: 0, bytesPerSecond: 0, commitsPerSecond: 0 });
  await engine.kv.batch([
    { type: 'put', key: 'a', value: 'b' },
    { type: 'put', key: 'c', value: 'd' },
  ]);
  const { health } = await looker.frame(({ health }) => health.writesPerSecond > 0);
  t.true(health.bytesPerSecond > health.writesPerSecond && health.commitsPerSecond > 0);
  t.is((await looker.frame(({ health }) => health.writesPerSecond === 0)).health.commitsPerSecond, 0);
  t.true((await looker.frame(({ health }) => (health.diskBytes ?? 0) > 0)).health.rssBytes > 0);
});

test('several pages are shown the same picture, made once', async (t) => {
  const engine = await openEngine(t);
  let looks = 0;
  const stats = () => {
    looks++;
    return engine.stats();
  };
  const { url } = await inspectedAs(t, engine, { stats });
  const lookers = await Promise.all(Array.from({ length: 8 }, () => Looker.open(t, url)));
  const before = looks;
  const numbers = async (looker: Looker): Promise<number[]> => {
    const seen: Frame[] = [];
    for (let i = 0; i < 10; i++) seen.push(await looker.frame());
    return seen.map(({ n }) => n);
  };
  const seen = await Promise.all(lookers.map(numbers));
  await turn();
  const frames = Math.max(...seen.flat());
  t.true(looks - before <= frames + 20, `${looks - before} looks for ${frames} frames of 8 pages`);
  t.is(new Set(seen.flat()).size <= frames, true);
});

function entriesOf(count: number, from = 0): RecorderEntry[] {
  return Array.from({ length: count }, (_, at) => ({ n: from + at + 1, atMs: at, kind: 'event', type: 'x', actor: 'engine' }));
}

function recorderOf(entries: readonly RecorderEntry[]) {
  return {
    since: (n: number, limit = Number.POSITIVE_INFINITY) => ({
      entries: entries.filter((entry) => entry.n > n).slice(-limit),
      last: entries.at(-1)?.n ?? 0,
    }),
    ...{ dump: nobodyAsks, capture: nobodyAsks, save: nobodyAsks },
  };
}

function nobodyAsks(): never {
  throw new Error('nobody asks for one');
}
