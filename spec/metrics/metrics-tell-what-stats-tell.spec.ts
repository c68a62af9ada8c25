import test from 'ava';
import { type Engine, keyBasedRetention, type Metric } from '../../index.ts';
import { openEngine, quiet } from '../support/engines.ts';
import { metric, point, valueOf } from './support/points.ts';

/** Something of everything. */
async function livelyEngine(t: Parameters<typeof openEngine>[0]): Promise<Engine> {
  const engine = await openEngine(t);
  const topic = engine.topic('readings', { compaction: { strategy: keyBasedRetention(10) } });
  for (let i = 0; i < 40; i++) {
    await engine.kv.batch(Array.from({ length: 50 }, (_, j) => ({ type: 'put', key: `k${(i * 37 + j) % 500}`, value: 'v'.repeat(40) })));
    await topic.produce({ key: BigInt(i % 3), value: 'r'.repeat(50) });
  }
  await engine.kv.del('k1');
  await topic.commit('display', 10);
  await topic.compact();
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  await engine.kv.get('k7');
  return engine;
}

test('names, units and shapes are as the data model wants them, and always the same ones in the same order', async (t) => {
  const engine = await livelyEngine(t);
  const metrics = engine.metrics();
  t.is(new Set(metrics.map(({ name }) => name)).size, metrics.length);
  for (const { name, unit, description, kind, points } of metrics) {
    t.regex(name, /^lithify(\.[a-z][a-z_]*)+$/);
    t.regex(unit, /^(By|ms|1|\{[a-z_]+\})$/, name);
    t.regex(description, /^[A-Z0-9].+\.$/, name);
    t.is(new Set(points.map(({ attributes }) => JSON.stringify(attributes))).size, points.length, name);
    for (const { value, histogram } of points) {
      t.is(histogram !== undefined, kind === 'histogram', name);
      t.is(typeof value === 'number' && Number.isFinite(value) && value >= 0, kind !== 'histogram', `${name}: ${value}`);
    }
  }
  const described = (all: readonly Metric[]) => all.map(({ points: _, ...rest }) => rest);
  t.deepEqual(described(engine.metrics()), described(metrics));
  t.deepEqual(JSON.parse(JSON.stringify(metrics)), metrics);
});

test('every count of a histogram is in one of its buckets, and those have ascending bounds', async (t) => {
  const engine = await livelyEngine(t);
  const points = engine.metrics().flatMap((one) => one.points.flatMap(({ histogram }) => histogram ?? []));
  t.true(points.some(({ count }) => count > 0));
  for (const { bounds, counts, sum, count } of points) {
    t.is(counts.length, bounds.length + 1);
    t.is(
      counts.reduce((total, one) => total + one, 0),
      count,
    );
    t.true(bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]));
    t.true(count === 0 ? sum === 0 : sum > 0);
  }
});

test('the numbers of stats() are in the metrics', async (t) => {
  const engine = await livelyEngine(t);
  const held = engine.kv.snapshot();
  await engine.kv.put('k', 'v');
  const { writes, memtables, wal, mailbox, garbage, snapshots, cache, compactions, levels, ...rest } = engine.stats();
  const metrics = engine.metrics();
  const value = (name: string, attributes = {}) => point(metrics, name, attributes)?.value;
  t.is(value('write.entries'), writes.acknowledged);
  t.is(value('write.bytes'), writes.bytes);
  t.is(value('write.commits'), writes.commits);
  t.is(value('memtable.bytes', { state: 'active' }), memtables.active.bytes);
  t.is(value('memtable.limit'), memtables.limit);
  t.is(value('wal.bytes'), wal.bytes);
  t.is(value('mailbox.capacity'), mailbox.capacity);
  t.is(value('garbage.bytes'), garbage.bytes);
  t.is(value('snapshot.count'), snapshots.count);
  t.is(value('snapshot.sequence_lag'), 1);
  t.is(value('cache.hits'), cache.hits);
  t.is(value('cache.misses'), cache.misses);
  for (const kind of ['flush', 'minor', 'regular', 'major'] as const) t.is(value('compaction.count', { kind }), compactions[kind]);
  for (const [level, { tables, bytes, entries, tombstones }] of levels.entries()) {
    const at = { level: String(level) };
    t.deepEqual(
      ['tables', 'bytes', 'entries', 'tombstones'].map((what) => value(`level.${what}`, at)),
      [tables, bytes, entries, tombstones],
    );
  }
  t.is(value('level.tables', { level: 'minor' }), rest.minors.tables);
  t.is(value('storage.read'), rest.bytesRead);
  t.is(value('storage.write_amplification'), rest.writeAmplification);
  t.is(value('topic.count'), rest.logs.topics);
  t.is(value('sequence'), rest.lastSequence);
  const written = (purpose: string) => value('storage.written', { purpose }) ?? Number.NaN;
  t.is(written('flush') + written('ingest') + written('compaction'), rest.bytesWritten);
  t.is(written('log'), rest.logs.bytesWritten);
  t.is((value('storage.written', { purpose: 'flush' }) ?? 0) > 0, true);
  await held.close();
});

test('requests, jobs, collected garbage and compactions of logs are counted from their events', async (t) => {
  const engine = await livelyEngine(t);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact', memtable: 10_000 }));
  const metrics = engine.metrics();
  t.is(point(metrics, 'request.duration', { type: 'MajorCompaction', outcome: 'done' })?.histogram?.count, 1);
  t.is(point(metrics, 'request.duration', { type: 'MinorCompact', outcome: 'failed' })?.histogram?.count, 1);
  t.true((point(metrics, 'job.duration', { job: 'slice', outcome: 'done' })?.histogram?.count ?? 0) > 0);
  t.true((point(metrics, 'garbage.reclaimed')?.value ?? 0) > 0);
  t.true((point(metrics, 'log_compaction.duration')?.histogram?.count ?? 0) > 0);
  t.true((point(metrics, 'memtable.seals')?.value ?? 0) > 0);
  t.is(point(metrics, 'topic.records', { topic: 'readings' })?.value, engine.topics()[0].records);
  t.true((point(metrics, 'topic.lag', { topic: 'readings', group: 'display' })?.value ?? 0) > 0);
});

test('requests are counted whoever sent them, and what is no message has no series of its own', async (t) => {
  const engine = await openEngine(t);
  const count = (type: string, outcome: string) => valueOf(engine, 'request.replies', { type, outcome }) ?? 0;
  const replies = new Promise<void>((resolve) => {
    let left = 4;
    engine.mailbox?.on('reply', () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
  await engine.kv.put('a', 'b');
  t.true(engine.tell({ type: 'MinorCompact' }));
  const send = (id: string, message: unknown) => engine.mailbox?.send({ type: 'Request', envelope: { id, message }, at: 0 } as never);
  send('one', { type: 'GarbageCollect' });
  send('two', { type: 'word'.repeat(100) });
  send('three', { type: 'MinorCompact', memtable: -1 });
  await replies;
  t.is(count('MinorCompact', 'done'), 1);
  t.is(count('MinorCompact', 'failed'), 1);
  t.is(count('GarbageCollect', 'done'), 1);
  t.is(count('none', 'failed'), 1);
  await engine.ask({ type: 'GarbageCollect' });
  t.is(count('GarbageCollect', 'done'), 2);
  t.is(metric(engine.metrics(), 'request.duration').points.length, 1, 'nobody asked for the others');
});

test('what was ingested, and what opening found, is told', async (t) => {
  const engine = await livelyEngine(t);
  await engine.kv.ingest([
    ['x1', 'v'],
    ['x2', 'v'],
  ]);
  t.is(valueOf(engine, 'ingest.entries'), 2);
  t.is(point(engine.metrics(), 'ingest.duration')?.histogram?.count, 1);
  t.is(valueOf(engine, 'open.replayed'), 0);
  t.true((valueOf(engine, 'open.duration') ?? 0) > 0);
});

test('an engine that was closed still tells its last numbers', async (t) => {
  const engine = await livelyEngine(t);
  const before = valueOf(engine, 'write.entries');
  await engine.close();
  t.is(valueOf(engine, 'write.entries'), before);
  t.is(valueOf(engine, 'engine.state', { state: 'closed' }), 1);
  t.is(metric(engine.metrics(), 'level.bytes').points.length, 8);
});
