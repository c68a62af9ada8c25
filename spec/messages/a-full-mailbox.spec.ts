import test from 'ava';
import { HeldEngine } from '../support/held-engine.ts';

test('tell answers false when the mailbox is full, and nothing was sent', async (t) => {
  const held = await HeldEngine.open({ compactors: 1, mailboxCapacity: 2 });
  const { engine } = held;
  const { flush } = await held.busy();
  t.deepEqual(
    [1, 2, 3, 4].map((blobId) => engine.tell({ type: 'DeleteBlob', blobId })),
    [true, true, false, false],
  );
  t.like(engine.stats().mailbox, { depth: 2, capacity: 2 });
  held.release();
  await flush;
  await engine.ask({ type: 'GarbageCollect' });
  t.true(engine.tell({ type: 'MinorCompact' }), 'there is room again');
  await engine.close();
});

test('ask waits its turn: all are answered in the end, and never more than fit are in the mailbox', async (t) => {
  const depths: number[] = [];
  const held = await HeldEngine.open({
    compactors: 1,
    mailboxCapacity: 3,
    inspect: () => {
      // While the engine opens there is nothing to look at.
      if (opened) depths.push(held.engine.stats().mailbox.depth);
    },
  });
  const opened = true;
  const { engine } = held;
  const { flush } = await held.busy();
  const asked = Array.from({ length: 40 }, (_, i) =>
    engine.ask(i % 3 === 0 ? { type: 'MinorCompact' } : { type: 'DeleteBlob', blobId: i }),
  );
  t.is(engine.stats().mailbox.depth, 3);
  held.release();
  await flush;
  const reports = await Promise.all(asked);
  t.is(reports.length, 40);
  t.true(Math.max(...depths) <= 3, `there were ${Math.max(...depths)}`);
  await engine.close();
});

test('requests in line go in the order in which they came, and tell does not jump it', async (t) => {
  const held = await HeldEngine.open({ compactors: 1, mailboxCapacity: 1 });
  const { engine } = held;
  const { flush } = await held.busy();
  const order: number[] = [];
  const asked = [0, 1, 2, 3].map((blobId) => engine.ask({ type: 'DeleteBlob', blobId }).then(() => order.push(blobId)));
  t.false(engine.tell({ type: 'MinorCompact' }));
  held.release();
  await Promise.all([flush, ...asked]);
  t.deepEqual(order, [0, 1, 2, 3]);
  await engine.close();
});

test("the engine's own work does not fill it", async (t) => {
  const held = await HeldEngine.open({ compactors: 1, mailboxCapacity: 1, memtableBytes: 4096, memoryBytes: 1024 * 1024 });
  const { engine } = held;
  const { flush } = await held.busy();
  await held.fill(10);
  await held.fill(10);
  await held.fill(10);
  t.true(engine.stats().memtables.sealed.length > 1);
  t.true(engine.tell({ type: 'GarbageCollect' }));
  t.false(engine.tell({ type: 'GarbageCollect' }));
  held.release();
  await flush;
  await engine.close();
});

test('a Shutdown needs no room, and refuses those in line', async (t) => {
  const held = await HeldEngine.open({ compactors: 1, mailboxCapacity: 1 });
  const { engine } = held;
  const { flush } = await held.busy();
  const asked = [1, 2, 3].map((blobId) => t.throwsAsync(engine.ask({ type: 'DeleteBlob', blobId }), { code: 'LITHIFY_SHUTTING_DOWN' }));
  const shutdown = engine.ask({ type: 'Shutdown' });
  await Promise.all(asked);
  held.release();
  await flush;
  t.deepEqual(await shutdown, { type: 'Shutdown', refused: 3, aborted: 0 });
});
