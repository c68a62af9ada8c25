import test from 'ava';
import { LithifyError } from '../../index.ts';
import { HeldEngine } from '../support/held-engine.ts';
import { nextEvent } from '../support/next-event.ts';

const ABORTED = { instanceOf: LithifyError, code: 'LITHIFY_ABORTED' };

test('a waiting request is taken out by its signal, at once, and its reason is kept', async (t) => {
  const held = await HeldEngine.open({ compactors: 1 });
  const { engine } = held;
  const { flush } = await held.busy();
  const sender = new AbortController();
  const waiting = engine.ask({ type: 'GarbageCollect' }, { signal: sender.signal });
  t.is(engine.stats().mailbox.depth, 1);
  const reason = new Error('changed my mind');
  sender.abort(reason);
  t.is((await t.throwsAsync(waiting, ABORTED))?.cause, reason);
  t.is(engine.stats().mailbox.depth, 0);
  held.release();
  await flush;
  await engine.close();
});

test('running work that only one waited for is aborted; what it was for can be asked for again', async (t) => {
  const held = await HeldEngine.open({ compactors: 1 });
  const { engine } = held;
  await held.fill(40);
  held.hold();
  const sender = new AbortController();
  const started = nextEvent(engine, 'jobStarted');
  const flush = engine.ask({ type: 'MinorCompact' }, { signal: sender.signal });
  await started;
  sender.abort();
  await t.throwsAsync(flush, ABORTED);
  const settled = nextEvent(engine, 'jobSettled');
  held.release();
  t.like(await settled, { job: 'flush', outcome: 'failed', error: { code: 'LITHIFY_ABORTED' } });
  await engine.ask({ type: 'MinorCompact' });
  t.is(engine.stats().minors.tables, 1);
  t.is(await engine.kv.get('key00039'), 'v'.repeat(60));
  await engine.close();
});

test('running work goes on while another waits for it', async (t) => {
  const held = await HeldEngine.open();
  const { engine } = held;
  await held.fill(40);
  await engine.ask({ type: 'MinorCompact' });
  held.hold();
  const sender = new AbortController();
  const started = nextEvent(engine, 'jobStarted');
  const first = engine.ask({ type: 'MajorCompaction' }, { signal: sender.signal });
  await started;
  const second = engine.ask({ type: 'MajorCompaction' });
  sender.abort();
  await t.throwsAsync(first, ABORTED);
  held.release();
  t.true((await second).compacted);
  await engine.close();
});

test('a major that is taken back leaves its inputs live and its outputs as garbage that goes', async (t) => {
  const held = await HeldEngine.open();
  const { engine } = held;
  await held.fill(200);
  await engine.ask({ type: 'MinorCompact' });
  held.hold();
  const sender = new AbortController();
  const started = nextEvent(engine, 'jobStarted');
  const major = engine.ask({ type: 'MajorCompaction' }, { signal: sender.signal });
  await started;
  sender.abort();
  await t.throwsAsync(major, ABORTED);
  held.release();
  await engine.ask({ type: 'GarbageCollect' });
  t.is(engine.stats().minors.tables, 1);
  t.is((await engine.kv.keys().all()).length, 200);
  t.true((await engine.ask({ type: 'MajorCompaction' })).compacted);
  await engine.close();
});

test('a time-out takes a request back with LITHIFY_TIMEOUT', async (t) => {
  const held = await HeldEngine.open({ compactors: 1 });
  const { engine } = held;
  const { flush } = await held.busy();
  await t.throwsAsync(engine.ask({ type: 'GarbageCollect' }, { timeoutMs: 0 }), { instanceOf: LithifyError, code: 'LITHIFY_TIMEOUT' });
  t.is(engine.stats().mailbox.depth, 0);
  held.release();
  await flush;
  await engine.close();
});

test('who is still in line at a full mailbox can go too, by signal and by time-out', async (t) => {
  const held = await HeldEngine.open({ compactors: 1, mailboxCapacity: 1 });
  const { engine } = held;
  const { flush } = await held.busy();
  const waiting = engine.ask({ type: 'GarbageCollect' });
  const sender = new AbortController();
  const inLine = [
    t.throwsAsync(engine.ask({ type: 'MinorCompact' }, { signal: sender.signal }), ABORTED),
    t.throwsAsync(engine.ask({ type: 'MinorCompact' }, { timeoutMs: 0 }), { code: 'LITHIFY_TIMEOUT' }),
  ];
  const stays = engine.ask({ type: 'DeleteBlob', blobId: 1 });
  sender.abort();
  await Promise.all(inLine);
  held.release();
  await Promise.all([flush, waiting, stays]);
  await engine.close();
});

test('a signal that was aborted before sends nothing', async (t) => {
  const { engine, events } = await HeldEngine.open();
  await t.throwsAsync(engine.ask({ type: 'MajorCompaction' }, { signal: AbortSignal.abort() }), ABORTED);
  t.deepEqual(
    events.filter(({ type }) => type !== 'opened'),
    [],
  );
  await engine.close();
});

test('a signal that is aborted after the reply changes nothing', async (t) => {
  const { engine, events } = await HeldEngine.open();
  const sender = new AbortController();
  await engine.ask({ type: 'MinorCompact' }, { signal: sender.signal, timeoutMs: 1_000 });
  sender.abort();
  t.is(events.filter(({ type }) => type === 'replied').length, 1);
  await engine.close();
});
