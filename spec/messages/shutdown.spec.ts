import test from 'ava';
import { LithifyError, open } from '../../index.ts';
import { freshLocation } from '../support/cli.ts';
import { fill, HeldEngine } from '../support/held-engine.ts';
import { nextEvent } from '../support/next-event.ts';

test('running work finishes, what waits is refused, and the report counts both', async (t) => {
  const held = await HeldEngine.open({ compactors: 1 });
  const { engine } = held;
  const { flush } = await held.busy();
  const refused = [
    t.throwsAsync(engine.ask({ type: 'GarbageCollect' }), { instanceOf: LithifyError, code: 'LITHIFY_SHUTTING_DOWN' }),
    t.throwsAsync(engine.ask({ type: 'MajorCompaction' }), { instanceOf: LithifyError, code: 'LITHIFY_SHUTTING_DOWN' }),
  ];
  const shutdown = engine.ask({ type: 'Shutdown' });
  await Promise.all(refused);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_SHUTTING_DOWN' });
  t.false(engine.tell({ type: 'MinorCompact' }));
  held.release();
  t.like(await flush, { type: 'MinorCompact', compacted: true });
  t.deepEqual(await shutdown, { type: 'Shutdown', refused: 3, aborted: 0 });
});

test('a major that runs at a Shutdown is finished, slice by slice', async (t) => {
  const held = await HeldEngine.open();
  const { engine } = held;
  await held.fill(300);
  await engine.ask({ type: 'MinorCompact' });
  held.hold();
  const started = nextEvent(engine, 'jobStarted');
  const major = engine.ask({ type: 'MajorCompaction' });
  t.is((await started).job, 'slice');
  const shutdown = engine.ask({ type: 'Shutdown' });
  held.release();
  const { slices, compacted } = await major;
  t.true(compacted && slices > 2);
  t.like(await shutdown, { refused: 0, aborted: 0 });
});

test('with a deadline of 0 running work is aborted, and no acknowledged write is lost by it', async (t) => {
  const location = await freshLocation(t);
  const held = await HeldEngine.open({ storage: 'level', workers: 0 }, location);
  const { flush } = await held.busy();
  const aborted = t.throwsAsync(flush, { instanceOf: LithifyError, code: 'LITHIFY_ABORTED' });
  const told = new Promise<void>((resolve) => void held.engine.mailbox?.subscribe(({ context }) => context.queue.aborted > 0 && resolve()));
  const shutdown = held.engine.ask({ type: 'Shutdown', deadlineMs: 0 });
  await told;
  held.release();
  await aborted;
  t.deepEqual(await shutdown, { type: 'Shutdown', refused: 0, aborted: 1 });
  const again = await open(location);
  t.is((await again.kv.keys().all()).length, 8);
  await again.close();
});

test('Shutdowns at the same time, and after it, are all answered alike', async (t) => {
  const held = await HeldEngine.open({ compactors: 1 });
  const { engine } = held;
  const { flush } = await held.busy();
  t.true(engine.tell({ type: 'Shutdown' }));
  const asked = [engine.ask({ type: 'Shutdown' }), engine.ask({ type: 'Shutdown', deadlineMs: 60_000 }), engine.close(), engine.close()];
  held.release();
  await flush;
  const [first, second] = await Promise.all(asked);
  t.deepEqual(first, { type: 'Shutdown', refused: 0, aborted: 0 });
  t.deepEqual(second, first);
  t.deepEqual(await engine.ask({ type: 'Shutdown' }), first);
  await engine.close();
  t.is(await engine.closed, undefined);
});

test('who is in a hurry brings the deadline of a Shutdown under way forward', async (t) => {
  const held = await HeldEngine.open({ compactors: 1 });
  const { engine } = held;
  const { flush } = await held.busy();
  const aborted = t.throwsAsync(flush, { code: 'LITHIFY_ABORTED' });
  const told = new Promise<void>((resolve) => void engine.mailbox?.subscribe(({ context }) => context.queue.aborted > 0 && resolve()));
  const closing = engine.close();
  const hurried = engine.ask({ type: 'Shutdown', deadlineMs: 0 });
  await told;
  held.release();
  await Promise.all([aborted, closing]);
  t.like(await hurried, { aborted: 1 });
});

test('afterwards messages are refused with LITHIFY_CLOSED, and reads and writes by the database itself', async (t) => {
  const { engine } = await HeldEngine.open();
  await fill(engine, 3);
  const iterator = engine.kv.iterator();
  await iterator.next();
  await engine.close();
  const closed = { instanceOf: LithifyError, code: 'LITHIFY_CLOSED' };
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), closed);
  await t.throwsAsync(engine.ask({ type: 'MajorCompaction' }), closed);
  await t.throwsAsync(engine.verify(), closed);
  t.false(engine.tell({ type: 'GarbageCollect' }));
  t.false(engine.tell({ type: 'Shutdown' }));
  const notOpen = { code: 'LEVEL_DATABASE_NOT_OPEN' };
  await t.throwsAsync(engine.kv.put('k', 'v'), notOpen);
  await t.throwsAsync(engine.kv.batch([{ type: 'del', key: 'k' }]), notOpen);
  await t.throwsAsync(engine.kv.get('key00000'), notOpen);
  await t.throwsAsync(iterator.next(), { code: 'LEVEL_ITERATOR_NOT_OPEN' });
  t.is(engine.stats().state, 'closed');
});

test('a Shutdown that was only told closes the database too', async (t) => {
  const { engine } = await HeldEngine.open();
  t.true(engine.tell({ type: 'Shutdown' }));
  await engine.closed;
  t.is(engine.kv.status, 'closed');
});

test('writes at the moment of a Shutdown are acknowledged and there, or refused with a code', async (t) => {
  const location = await freshLocation(t);
  const engine = await open(location, { durability: 'os' });
  const writes = Array.from({ length: 200 }, (_, i) => engine.kv.put(`k${i}`, 'v').then(() => `k${i}`));
  await Promise.all([engine.close(), Promise.allSettled(writes)]);
  const acknowledged: string[] = [];
  for (const write of await Promise.allSettled(writes)) {
    if (write.status === 'fulfilled') acknowledged.push(write.value);
    else t.true(['LITHIFY_CLOSED', 'LEVEL_DATABASE_NOT_OPEN'].includes(write.reason.code), String(write.reason));
  }
  const again = await open(location);
  const found = new Set(await again.kv.keys().all());
  t.deepEqual(
    acknowledged.filter((key) => !found.has(key)),
    [],
  );
  await again.close();
});

test('the events end with the engine, the last of them saying so; who comes later sees the end', async (t) => {
  const held = await HeldEngine.open();
  const ended = new Promise<void>((resolve) => void held.engine.events$.subscribe({ complete: resolve }));
  await held.engine.close();
  await ended;
  t.like(held.events.at(-1), { type: 'closed', refused: 0, aborted: 0 });
  await new Promise<void>((resolve) => void held.engine.events$.subscribe({ complete: resolve }));
});

test('await using closes the engine, also when its block throws', async (t) => {
  const location = await freshLocation(t);
  let closed: Promise<void> | undefined;
  await t.throwsAsync(
    async () => {
      await using engine = await open(location);
      closed = engine.closed;
      await engine.kv.put('k', 'v');
      throw new Error('on the way');
    },
    { message: 'on the way' },
  );
  await closed;
  await using again = await open(location);
  t.is(await again.kv.get('k'), 'v');
});
