import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { EngineCore } from '../../actors/engine-core.ts';
import { type Engine, nodeRuntime } from '../../index.ts';
import { resolveOptions } from '../../protocol/options.ts';
import { openEngine, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';
import { BreakableDatabases } from './support/breakable-databases.ts';
import { chainOf, codesOf, heldEngine, reasonOf, withFaults } from './support/reasons.ts';

/** Four memtables; a write that waits is not refused meanwhile. */
const NARROW = { memoryBytes: 192 * 1024, writeTimeoutMs: 2 ** 31 - 1 };

test('nobody, in an engine that has nothing to do', async (t) => {
  const engine = await openEngine(t);
  await engine.kv.put('a', 'b');
  await quiet(engine);
  t.deepEqual(engine.why.waiting(), { question: 'Who waits for what?', sentence: 'Nobody waits.', reasons: [] });
});

test('writers stand still for a flush that runs', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, withFaults(faults, NARROW));
  faults.hold('flush');
  const waiting = nextEvent(engine, 'writersWaiting');
  const written = writeMany(engine, 1_500);
  await Promise.all([waiting, faults.reach('flush', 1)]);
  const why = engine.why.waiting();
  t.is(why.reasons[0].code, 'writers-stand');
  t.deepEqual(why.reasons[0].because?.map(({ code }) => code).slice(0, 1), ['work-runs']);
  t.like(reasonOf(why, 'work-runs').details, { work: 'flush', job: 'flush' });
  t.regex(why.sentence, /^Writers have stood still for .*: memory is at its limit: \d memtables wait for their flush/);
  t.true(Number(why.reasons[0].details.groups) > 0);
  faults.release('flush');
  await written;
  await quiet(engine);
  t.is(engine.why.waiting().sentence, 'Nobody waits.');
});

test('writers stand still for flushes that fail: since when, with which error, and that compactors rest', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, withFaults(faults, { ...NARROW, compactors: 1, workers: 1 }));
  faults.fail('flush', 'refused', 1_000_000);
  const waiting = nextEvent(engine, 'writersWaiting');
  const written = writeMany(engine, 1_500);
  await waiting;
  await nextEvent(engine, 'backingOff');
  const why = engine.why.waiting();
  t.is(why.reasons[0].code, 'writers-stand');
  const { details } = reasonOf(why, 'work-failing');
  t.like(details, { work: 'flush', errorCode: 'LITHIFY_SST' });
  t.true(codesOf(why).includes('backing-off'));
  t.like(reasonOf(why, 'backing-off').details, { errorCode: 'LITHIFY_SST' });
  t.regex(why.sentence, /flushes have failed for .*: Injected: the flush job fails/i);
  faults.fail('flush', 'refused', 0);
  await written;
});

test('requests outside a full mailbox, and each ticket inside, for the work that is in their way', async (t) => {
  const held = await heldEngine(t, { mailboxCapacity: 2 });
  const { engine } = held;
  const { flush } = await held.busy();
  const asked = [1, 2, 3, 4].map((blobId) => engine.ask({ type: 'DeleteBlob', blobId }));
  const why = engine.why.waiting();
  t.is(chainOf(why), 'requests-wait-outside > mailbox-full > work-runs');
  t.like(why.reasons[0].details, { requests: 2 });
  t.like(reasonOf(why, 'mailbox-full').details, { depth: 2, capacity: 2 });
  const ticket = why.reasons.filter(({ details }) => details.work === 'collect');
  t.is(chainOf({ reasons: ticket }), 'work-waits > no-free-compactor > work-runs');
  t.like(ticket[0].details, { requests: 2 });
  t.regex(why.sentence, /^2 requests wait outside the mailbox, because the mailbox is full: 2 requests, 2 may wait\. The flush of/);
  held.release();
  await Promise.all([flush, ...asked]);
  await quiet(engine);
  t.is(engine.why.waiting().sentence, 'Nobody waits.');
});

test('who asked for a major waits for its flush first, then for the slices that are open', async (t) => {
  const held = await heldEngine(t);
  const { engine } = held;
  await held.fill(300);
  const { flush } = await held.busy();
  const majors = [engine.ask({ type: 'MajorCompaction' }), engine.ask({ type: 'MajorCompaction' })];
  const before = engine.why.waiting();
  const plan = before.reasons.find(({ details }) => details.work === 'plan');
  t.like(plan?.details, { requests: 2 });
  t.deepEqual(codesOf({ reasons: plan?.because ?? [] }).slice(0, 2), ['after-another', 'work-waits']);
  const slice = nextEvent(engine, 'jobStarted', ({ job }) => job === 'slice').then(() => held.hold());
  held.release();
  await Promise.all([flush, slice]);
  const after = engine.why.waiting();
  const gathered = reasonOf(after, 'order-is-gathered');
  t.like(gathered.details, { requests: 2 });
  t.is(gathered.details.open, engine.shape().orders[0].slices);
  t.deepEqual(
    gathered.because?.map(({ code }) => code),
    ['work-runs', 'work-waits'],
  );
  held.release();
  await Promise.all(majors);
});

test('who closes waits for what runs, until the deadline', async (t) => {
  const held = await heldEngine(t);
  const { engine } = held;
  const { flush } = await held.busy();
  const closed = engine.close();
  while (engine.stats().state === 'open') await setImmediate();
  const why = engine.why.waiting();
  t.is(why.reasons[0].code, 'shutting-down');
  t.is(why.reasons[0].details.deadlineMs, 10_000);
  t.true(codesOf(engine.why.notCompacted()).includes('shutting-down'));
  held.release();
  await Promise.all([flush, closed]);
  t.throws(() => engine.why.waiting(), { code: 'LITHIFY_CLOSED' });
});

test('producers that a compaction of their log holds back: which topic, which phase, and what runs', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, withFaults(faults));
  const topic = engine.topic('orders', { compaction: { maxBytes: 1, compactionThreshold: 64, minDirtyRatio: 0 } });
  faults.hold('rewrite');
  const held = nextEvent(engine, 'producersWaiting');
  const produced = (async () => {
    for (let i = 0; i < 40; i++) await topic.produce({ key: BigInt(i), value: 'x'.repeat(20) });
  })();
  await faults.reach('rewrite', 1);
  await held;
  const why = engine.why.waiting();
  t.is(chainOf(why), 'producers-wait > log-compaction-runs > work-runs');
  t.like(why.reasons[0].details, { topic: 'orders', partition: 0, waiting: 1 });
  t.like(reasonOf(why, 'work-runs').details, { work: 'log', job: 'rewrite' });
  t.regex(
    why.sentence,
    /^1 producer of topic 'orders', partition 0, waits: .* because partition 0 of 'orders' is being compacted \(rewriting, pass 1\)/,
  );
  faults.release('rewrite');
  await produced;
});

test('callers of compact(), while the run goes on and while it rests after a failure', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, withFaults(faults));
  const topic = engine.topic('orders', { compaction: { maxBytes: 1, compactionThreshold: 2 ** 30 } });
  await topic.produceMany([1n, 2n, 3n].map((key) => ({ key, value: 'x'.repeat(20) })));
  faults.hold('rewrite');
  const compacted = [topic.compact(), topic.compact()];
  await faults.reach('rewrite', 1);
  const why = engine.why.waiting();
  t.is(chainOf(why), 'log-compaction-asked > log-compaction-runs > work-runs');
  t.like(why.reasons[0].details, { topic: 'orders', partition: 0, asking: 2 });
  t.regex(
    why.sentence,
    /^2 callers of compact\(\) wait for a compaction of topic 'orders', partition 0, because partition 0 of 'orders' is being compacted/,
  );
  faults.release('rewrite');
  await Promise.all(compacted);
  await quiet(engine);
  t.is(engine.why.waiting().sentence, 'Nobody waits.');
  faults.fail('analyze', 'refused', 1_000_000);
  faults.fail('rewrite', 'refused', 1_000_000);
  await topic.produce({ key: 4n, value: 'x' });
  const begun = nextEvent(engine, 'logCompactionStarted');
  const failing = t.throwsAsync(topic.compact());
  await begun;
  // Waits for the run after the one that is about to fail.
  const again = topic.compact();
  await failing;
  const resting = engine.why.waiting();
  t.is(chainOf(resting), 'log-compaction-asked > log-compaction-fails');
  t.regex(resting.sentence, /the compaction of partition 0 of 'orders' rests after a failure: Injected/);
  faults.fail('analyze', 'refused', 0);
  faults.fail('rewrite', 'refused', 0);
  await again;
});

test('commits wait for who has the writer for itself', async (t) => {
  const engine = await EngineCore.open(await tempDirectory(t), resolveOptions(TINY), nodeRuntime());
  t.teardown(() => engine.ask({ type: 'Shutdown' }));
  const { writer } = engine.core;
  const [began, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const moment = writer.exclusively('a spec wants it', async () => {
    began.resolve();
    await goOn.promise;
    return 0;
  });
  await began.promise;
  const put = writer.put(new Uint8Array([1]), new Uint8Array([2]));
  const why = engine.observation.why.waiting();
  t.true(['commits-wait', 'writers-stand'].includes(why.reasons[0].code));
  t.like(reasonOf(why, 'exclusive-moment').details, { why: 'a spec wants it', isRunning: true });
  t.is(why.reasons[0].details.groups, 1);
  goOn.resolve();
  await Promise.all([moment, put]);
  t.is(engine.observation.why.waiting().sentence, 'Nobody waits.');
});

test('everybody waits while LevelDB cannot be opened again, with the error that is in the way', async (t) => {
  const databases = new BreakableDatabases();
  const engine = await openEngine(t, { ...TINY, runtime: { ...nodeRuntime(), openDatabase: databases.openDatabase } });
  await engine.kv.put('a', 'b');
  await engine.ask({ type: 'MinorCompact' });
  const [blob] = engine.shape().minors.map(({ id }) => id);
  databases.isBroken = true;
  const failed = nextEvent(engine, 'storageFailed');
  await engine.kv.put('c', 'd');
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }));
  await failed;
  const flush = engine.ask({ type: 'MinorCompact' });
  const why = engine.why.waiting();
  t.true(['recovering', 'waiting-to-recover'].includes(why.reasons[0].code));
  t.is(why.reasons[0].details.errorCode, 'LITHIFY_DISK_FULL');
  const ticket = reasonOf(why, 'work-waits');
  t.true(['recovering', 'waiting-to-recover'].includes(ticket.because?.[0].code ?? ''));
  t.regex(why.sentence, /Injected: no room to (open|write)/);
  t.is(engine.why.onDisk(blob).reasons[0].code, 'live-in-minors', 'what is known stays known');
  t.is(chainOf(engine.why.onDisk(5)).split(' > ')[0], 'not-there');
  t.true(['recovering', 'waiting-to-recover'].includes(engine.why.notCompacted().reasons[0].code));
  databases.isBroken = false;
  await flush;
  // A compactor may still rest after its failure, and what is planned waits for it.
  await quiet(engine);
  t.is(engine.why.waiting().sentence, 'Nobody waits.');
});

async function writeMany(engine: Engine, count: number): Promise<void> {
  const put = (i: number) => engine.kv.put(`key-${i % 700}-${i}`, `value ${i} ${'·'.repeat(i % 40)}`);
  await Promise.all(Array.from({ length: count }, (_, i) => put(i)));
}
