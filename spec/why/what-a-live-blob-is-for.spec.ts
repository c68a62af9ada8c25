import test from 'ava';
import { openEngine, quiet, TINY } from '../support/engines.ts';
import { chainOf, codesOf, reasonOf, tableIds, tableOf } from './support/reasons.ts';

const CALM = { ...TINY, minorTrigger: 64 };

test('a flushed table is a minor one, with its keys, its size and the flush that it came from', async (t) => {
  const engine = await openEngine(t, CALM);
  const [blob] = await tableOf(engine, 10);
  const why = engine.why.onDisk(blob);
  const { version } = engine.shape();
  t.is(why.question, `Why is blob ${blob} on disk?`);
  t.is(chainOf(why), 'live-in-minors');
  t.like(why.reasons[0].details, { entries: 10, tombstones: 0, minKey: 'key00000', maxKey: 'key00009', by: 'flush', version });
  t.regex(
    why.sentence,
    new RegExp(
      `^Blob ${blob} is a minor table, .*10 entries from 'key00000' to 'key00009', [\\d.]+ k?B, from a flush \\d.* ago \\(version ${version}\\)\\.$`,
    ),
  );
});

test('a merged table says its level and which compaction made it; after a reopening only that it was there', async (t) => {
  const engine = await openEngine(t, CALM);
  await tableOf(engine, 10);
  const { outputBlobs } = await engine.ask({ type: 'MajorCompaction' });
  t.like(engine.why.onDisk(outputBlobs[0]).reasons[0], { code: 'live-in-level', details: { level: 6, by: 'major' } });
  await engine.close();
  const again = await openEngine(t, CALM, engine.location);
  const why = again.why.onDisk(outputBlobs[0]);
  t.false('by' in why.reasons[0].details);
  t.regex(why.sentence, /there since the store was opened\.$/);
});

test('a table of a bulk load, and one with keys that are no text', async (t) => {
  const engine = await openEngine(t, CALM);
  await engine.kv.ingest(
    (async function* () {
      yield [new Uint8Array([0xff, 0x00]), new Uint8Array(10)] as [Uint8Array, Uint8Array];
    })(),
    { keyEncoding: 'view', valueEncoding: 'view' },
  );
  const [blob] = tableIds(engine);
  t.like(engine.why.onDisk(blob).reasons[0].details, { by: 'ingest', minKey: 'base64:/wA=' });
  t.regex(engine.why.onDisk(blob).sentence, /from base64:\/wA= to base64:\/wA=/);
});

test('records of a topic: which offsets of which partition, and that nothing compacts them', async (t) => {
  const engine = await openEngine(t, CALM);
  for (const topic of ['orders', 'bills']) await engine.topic(topic).produce({ key: 1n, value: 'x' });
  await engine.ask({ type: 'MinorCompact' });
  const blob = await onlyBlob(engine);
  const why = engine.why.onDisk(blob);
  t.deepEqual(
    why.reasons.map(({ code, details: { topic, partition, firstOffset, lastOffset } }) => [
      code,
      topic,
      partition,
      firstOffset,
      lastOffset,
    ]),
    [
      ['live-in-log', 'orders', 0, 0, 0],
      ['live-in-log', 'bills', 0, 0, 0],
    ],
  );
  t.regex(
    why.sentence,
    /^Blob \d+ holds 1 record of topic 'orders', partition 0, offsets 0 to 0, \d+ B; 2 partitions share the blob, because/,
  );
  t.is(why.reasons[0].because?.[0].code, 'log-not-registered');
});

test('records that no compaction has seen wait for a run; those that one has kept are kept by a rule or for a group', async (t) => {
  const engine = await openEngine(t, CALM);
  const topic = engine.topic('orders', { compaction: { maxBytes: 1_000_000, keepUnreadBy: ['billing'], compactionThreshold: 4096 } });
  await topic.produceMany([1n, 2n, 3n].map((key) => ({ key, value: 'x' })));
  await engine.ask({ type: 'MinorCompact' });
  const dirty = engine.why.onDisk(await onlyBlob(engine));
  t.deepEqual(codesOf(dirty), ['live-in-log', 'log-keeps-unread', 'log-not-compacted']);
  t.like(reasonOf(dirty, 'log-not-compacted').details, { startsAtBytes: 4096, state: 'idle' });
  t.like(reasonOf(dirty, 'log-keeps-unread').details, { group: 'billing', committed: -1 });
  await topic.commit('billing', 1);
  t.is(reasonOf(engine.why.onDisk(await onlyBlob(engine)), 'log-keeps-unread').details.committed, 1);
  await topic.commit('billing', 2);
  await topic.compact();
  await quiet(engine);
  const kept = engine.why.onDisk(await onlyBlob(engine));
  t.deepEqual(codesOf(kept), ['live-in-log', 'log-keeps-latest']);
  t.regex(kept.sentence, /because the last compaction kept it by maxBytes \(1\.0 MB\)\.$/);
});

test('a large value is staged while its record is in the log only, and then belongs to the record', async (t) => {
  const engine = await openEngine(t, CALM);
  await engine.topic('orders').produce({ key: 1n, value: new Uint8Array(10_000) });
  const blob = await onlyBlob(engine);
  t.is(chainOf(engine.why.onDisk(blob)), 'staged-value');
  await engine.ask({ type: 'MinorCompact' });
  const why = engine.why.onDisk(blob);
  t.is(chainOf(why), 'value-of-record > log-not-registered');
  t.like(why.reasons[0].details, { topic: 'orders', partition: 0, firstOffset: 0 });
});

/** The first of this opening that is there. */
async function onlyBlob(engine: Awaited<ReturnType<typeof openEngine>>): Promise<number> {
  const first = 2 ** 30;
  for (let id = first; id < first + 100; id++) {
    if (!['not-there', 'never-was', 'garbage', 'space-not-given-back'].includes(engine.why.onDisk(id).reasons[0].code)) return id;
  }
  throw new Error('there is no blob');
}
