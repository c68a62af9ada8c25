import test from 'ava';
import { LithifyError, type Message, type Reply } from '../../index.ts';
import { HeldEngine } from '../support/held-engine.ts';

/** Each with the field that its error must name. */
const MALFORMED: readonly (readonly [message: unknown, field: string])[] = [
  [undefined, ''],
  [null, ''],
  ['MinorCompact', ''],
  [{}, 'type'],
  [{ type: 'Compact' }, 'type'],
  [{ type: 'minorcompact' }, 'type'],
  [{ type: 'Shutdown', deadlineMs: -1 }, 'deadlineMs'],
  [{ type: 'Shutdown', deadlineMs: '5' }, 'deadlineMs'],
  [{ type: 'Shutdown', deadline: 5 }, 'deadline'],
  [{ type: 'MinorCompact', memtable: 1.5 }, 'memtable'],
  [{ type: 'MinorCompact', memtable: Number.NaN }, 'memtable'],
  [{ type: 'MinorCompact', memtables: [1] }, 'memtables'],
  [{ type: 'MajorCompaction', range: 'a-z' }, 'range'],
  [{ type: 'MajorCompaction', range: { gt: 'a' } }, 'range.gt'],
  [{ type: 'MajorCompaction', range: { gte: 7 } }, 'range.gte'],
  [{ type: 'MajorCompaction', range: { lt: { base64: 'not base64!' } } }, 'range.lt'],
  [{ type: 'GarbageCollect', blobIds: 5 }, 'blobIds'],
  [{ type: 'GarbageCollect', blobIds: [1, 'two'] }, 'blobIds[1]'],
  [{ type: 'GarbageCollect', blobIds: [2 ** 53] }, 'blobIds[0]'],
  [{ type: 'DeleteBlob' }, 'blobId'],
  [{ type: 'DeleteBlob', blobId: null }, 'blobId'],
  [{ type: 'DeleteBlob', blobId: 1, force: true }, 'force'],
];

test('a message that is not sound is refused with its field named, by ask and by tell, and nothing is sent', async (t) => {
  const inspected: unknown[] = [];
  const { engine } = await HeldEngine.open({ inspect: (event) => void inspected.push(event) });
  inspected.length = 0;
  for (const [message, field] of MALFORMED) {
    // What JavaScript may pass, TypeScript does not.
    const given = message as Message;
    const refused = [await t.throwsAsync(engine.ask(given)), t.throws(() => engine.tell(given))];
    for (const error of refused) {
      t.true(error instanceof LithifyError && error.code === 'LITHIFY_INVALID_ARGUMENT', String(error));
      t.is(error instanceof LithifyError ? error.details.field : undefined, field, JSON.stringify(message));
    }
  }
  t.deepEqual(inspected, []);
  await engine.close();
});

test('a malformed Shutdown closes nothing', async (t) => {
  const { engine } = await HeldEngine.open();
  await t.throwsAsync(engine.ask({ type: 'Shutdown', deadlineMs: -1 }), { code: 'LITHIFY_INVALID_ARGUMENT' });
  await engine.kv.put('k', 'v');
  t.is(await engine.kv.get('k'), 'v');
  await engine.close();
});

test('an unsound time-out is refused, and nothing is sent', async (t) => {
  const { engine } = await HeldEngine.open();
  for (const timeoutMs of [-1, Number.NaN])
    await t.throwsAsync(engine.ask({ type: 'MinorCompact' }, { timeoutMs }), { code: 'LITHIFY_INVALID_ARGUMENT' });
  await engine.close();
});

test('a machine that sends to the mailbox by itself is answered the same, and the engine goes on', async (t) => {
  const { engine } = await HeldEngine.open();
  const { mailbox } = engine;
  const replies: Reply[] = [];
  mailbox?.on('reply', ({ reply }) => void replies.push(reply));
  // What JavaScript may send, TypeScript does not.
  const send = (envelope: unknown) => mailbox?.send({ type: 'Request', envelope, at: 0 } as never);
  for (const [i, [message, field]] of MALFORMED.entries()) {
    send({ id: `mine-${i}`, message });
    t.like(replies.at(-1), { id: `mine-${i}`, ok: false, error: { code: 'LITHIFY_INVALID_ARGUMENT', details: { field } } });
  }
  send({ id: 'shutdown', message: { type: 'Shutdown' } });
  t.like(replies.at(-1), { id: 'shutdown', ok: false, error: { code: 'LITHIFY_INVALID_ARGUMENT' } });
  const answered = replies.length;
  for (const envelope of [undefined, null, 7, {}, { id: 7, message: { type: 'MinorCompact' } }]) send(envelope);
  t.is(replies.length, answered, 'nobody can be answered');
  t.is((await engine.ask({ type: 'MinorCompact' })).type, 'MinorCompact');
  await engine.close();
});
