import test from 'ava';
import { openEngine, quiet, TINY } from '../support/engines.ts';
import { codesOf, reasonOf, tableIds, tableOf } from './support/reasons.ts';

const CALM = { ...TINY, minorTrigger: 64, tableBytes: 64 * 1024 };

test('old versions name the snapshot that reads them, with its sequence, its age and where it was made', async (t) => {
  const engine = await openEngine(t, { ...CALM, trackLeases: true });
  await tableOf(engine, 20);
  const snapshot = engine.kv.snapshot();
  await tableOf(engine, 20);
  await engine.ask({ type: 'MajorCompaction' });
  const [blob] = tableIds(engine);
  const why = engine.why.onDisk(blob);
  t.deepEqual(codesOf(why), ['live-in-level', 'held-by-snapshot']);
  const { details, remedy } = reasonOf(why, 'held-by-snapshot');
  t.like(details, { owner: 'snapshot', sequence: 20, shadowed: 20 });
  t.regex(String(details.stack), /what-keeps-dead-entries/);
  t.is(remedy, 'Close that snapshot.');
  t.regex(why.sentence, /A snapshot at sequence 20, opened \d.* ago, still reads among the 20 old versions in it/);
  await snapshot.close();
  await quiet(engine);
  t.deepEqual(codesOf(engine.why.onDisk(tableIds(engine)[0])), ['live-in-level'], 'what it kept has gone');
});

test('an iterator that is open keeps what it may still read, and so do several who hold several moments', async (t) => {
  const engine = await openEngine(t, CALM);
  await tableOf(engine, 20);
  const iterator = engine.kv.iterator();
  await iterator.next();
  await tableOf(engine, 20);
  const snapshot = engine.kv.snapshot();
  await tableOf(engine, 20);
  await engine.ask({ type: 'MajorCompaction' });
  const why = engine.why.onDisk(tableIds(engine)[0]);
  t.deepEqual(codesOf(why), ['live-in-level', 'held-by-iterator', 'held-by-snapshot']);
  t.deepEqual(
    [reasonOf(why, 'held-by-iterator'), reasonOf(why, 'held-by-snapshot')].map(({ details }) => details.sequence),
    [20, 40],
  );
  t.regex(reasonOf(why, 'held-by-iterator').remedy ?? '', /trackLeases/);
  await iterator.close();
  await snapshot.close();
});

test('tombstones stay while older data is deeper down', async (t) => {
  const engine = await openEngine(t, CALM);
  await tableOf(engine, 20);
  await engine.ask({ type: 'MajorCompaction' });
  await engine.kv.batch([{ type: 'del', key: 'key00003' }]);
  const { outputBlobs } = await engine.ask({ type: 'MinorCompact' });
  const why = engine.why.onDisk(outputBlobs[0]);
  t.deepEqual(codesOf(why), ['live-in-minors', 'tombstones-hide-older']);
  t.regex(why.sentence, /Its 1 tombstone hides older data deeper down/);
});

test('a range delete covers part of a table: how much, and who still reads it', async (t) => {
  const engine = await openEngine(t, CALM);
  await tableOf(engine, 40);
  await engine.ask({ type: 'MajorCompaction' });
  const [blob] = tableIds(engine);
  const snapshot = engine.kv.snapshot();
  await engine.kv.clear({ gte: 'key00000', lt: 'key00010' });
  await engine.ask({ type: 'MinorCompact' });
  const held = engine.why.onDisk(blob);
  t.deepEqual(codesOf(held), ['live-in-level', 'deleted-by-range', 'held-by-snapshot']);
  await snapshot.close();
  const why = engine.why.onDisk(blob);
  t.deepEqual(codesOf(why), ['live-in-level', 'deleted-by-range']);
  const { deletedShare } = reasonOf(why, 'deleted-by-range').details;
  t.true(Number(deletedShare) > 0.1 && Number(deletedShare) < 0.5, String(deletedShare));
  t.regex(why.sentence, /About \d+ % of it|about \d+ % of it/);
});
