import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { allowedDebt, DEFAULTS, MiB } from './support/loads.ts';
import { FAULT, PressedWriter, settled } from './support/pressed-writer.ts';

const FULL = new LithifyError('LITHIFY_DISK_FULL', 'Injected: no space left.', { details: { file: 'MANIFEST' } });
const BEYOND = 2 * allowedDebt({ ...DEFAULTS, memtableBytes: MiB });

/** A writer that waits for the flush of its only sealed memtable, and the write that it waits with. */
async function waiting(options: { writeTimeoutMs?: number } = {}) {
  const rig = await PressedWriter.open({ limit: 2, ...options });
  return { rig, ...(await waitAgain(rig)) };
}

/** Writes until one waits, and gives that one. */
async function waitAgain(rig: PressedWriter): Promise<{ written: Promise<void> }> {
  for (;;) {
    const written = rig.put('waits', MiB / 4);
    // Rejections are looked at when their time has come.
    written.catch(() => undefined);
    await rig.rest();
    if (rig.state === 'waiting') return { written };
  }
}

test('flushes that fail for less than the time-out refuse nobody', async (t) => {
  const { rig, written } = await waiting({ writeTimeoutMs: 5_000 });
  for (let i = 0; i < 4; i++) {
    await rig.fails('flush');
    await rig.passes(1_200);
  }
  t.is(rig.state, 'waiting');
  await rig.flush();
  await rig.rest();
  await written;
  // A success has been in between, so the time begins anew.
  const { written: again } = await waitAgain(rig);
  await rig.fails('flush');
  await rig.passes(4_999);
  t.is(rig.state, 'waiting');
  await rig.passes(1);
  await t.throwsAsync(again);
});

test('a memtable that could not be sealed was no flush that failed: nobody waits for that', async (t) => {
  const rig = await PressedWriter.open({ limit: 2 });
  await rig.fails('flush');
  await rig.passes(60_000);
  const { written: waits } = await waitAgain(rig);
  await rig.fails('flush');
  await rig.passes(9_999);
  t.is(rig.state, 'waiting');
  await rig.passes(1);
  await t.throwsAsync(waits);
});

test('flushes that fail for longer refuse who waits with their error, which says how long and what to do', async (t) => {
  const { rig, written } = await waiting({ writeTimeoutMs: 5_000 });
  const second = rig.put('behind');
  second.catch(() => undefined);
  await rig.passes(1_000);
  await rig.fails('flush');
  await rig.passes(4_000);
  await rig.fails('flush');
  await rig.passes(999);
  t.is(rig.state, 'waiting');
  await rig.passes(1);
  for (const refused of [written, second]) {
    const error = await t.throwsAsync(refused, {
      instanceOf: LithifyError,
      code: 'LITHIFY_SST',
      message: /^Not written after waiting 6000 ms/,
    });
    t.is(error.cause, FAULT);
    t.regex(error.message, /memory is at its limit.*failed for 5000 ms.*writing works again by itself/);
  }
  t.deepEqual([rig.state, rig.runtime.held, rig.runtime.timers], ['faulted', 0, 0]);
});

test('while the fault lasts further writes are refused at once, and when it has gone they work by themselves', async (t) => {
  const { rig, written } = await waiting();
  await rig.fails('flush');
  await rig.passes(10_000);
  await t.throwsAsync(written);
  await t.throwsAsync(rig.write('again', MiB / 4), { code: 'LITHIFY_SST', message: /after waiting 0 ms/ });
  const attempt = rig.writer.workBegan('flush');
  const hopes = rig.put('hopes', MiB / 4);
  await settled();
  t.is(rig.state, 'waiting', 'this attempt may succeed');
  rig.writer.flushed(2);
  await rig.ends(attempt, 'interrupted');
  await rig.rest();
  await hopes;
  await rig.write('later', MiB / 4);
  t.is(rig.writer.waiting, 0);
});

test('a time-out of 0 refuses at the first failure, and waits as long as there is none', async (t) => {
  const { rig, written } = await waiting({ writeTimeoutMs: 0 });
  await rig.passes(1_000_000);
  t.is(rig.state, 'waiting');
  await rig.fails('flush');
  await t.throwsAsync(written, { code: 'LITHIFY_SST' });
});

test('a compaction that is slow but works refuses nobody, also if it failed once before', async (t) => {
  const rig = await PressedWriter.open();
  await rig.owes({ debt: BEYOND });
  const written = Promise.all([rig.put('a', MiB / 3), rig.put('b', MiB / 3), rig.put('c', MiB / 3), rig.put('d', MiB / 3)]);
  while (rig.state !== 'waiting') await rig.rest();
  await rig.fails('slice');
  const slow = rig.writer.workBegan('slice');
  await rig.passes(60_000);
  t.is(rig.state, 'waiting');
  await rig.ends(slow, 'done');
  await rig.passes(60_000);
  t.is(rig.state, 'waiting', 'it has not made enough room, but it does not fail');
  await rig.owes({ debt: 0 });
  await rig.rest();
  t.is((await written).length, 4);
});

test('what fails and would make no room here is no reason to refuse', async (t) => {
  const { rig, written } = await waiting();
  for (const work of ['plan', 'slice', 'collect'] as const) await rig.fails(work);
  await rig.passes(60_000);
  t.is(rig.state, 'waiting');
  await rig.flush();
  await rig.rest();
  await written;
});

test('a job that was told to end has not failed', async (t) => {
  const { rig, written } = await waiting({ writeTimeoutMs: 0 });
  await rig.ends(rig.writer.workBegan('flush'), 'interrupted');
  t.is(rig.state, 'waiting');
  await rig.flush();
  await rig.rest();
  await written;
});

test('LevelDB that cannot be opened again refuses after the time-out, and lets go on when it is open', async (t) => {
  const { rig, written } = await waiting();
  await rig.fails('flush', FAULT);
  for (let i = 0; i < 3; i++) {
    await rig.passes(3_000);
    await rig.fails('storage', new LithifyError('LITHIFY_BLOB_STORE', `Injected: attempt ${i}.`));
  }
  await rig.passes(1_000);
  // The last of what failed is what has to be seen to.
  await t.throwsAsync(written, { code: 'LITHIFY_BLOB_STORE', message: /Injected: attempt 2\.$/ });
  await rig.ends(rig.writer.workBegan('storage'), 'done');
  await rig.flush();
  await rig.write('later', MiB / 4);
  t.is(rig.writer.waiting, 0);
});

test('on a full disk even a write that memory has room for waits, is refused after the time-out, and is welcome when there is room', async (t) => {
  const rig = await PressedWriter.open();
  rig.blocked = { cause: 'disk', reason: 'the disk is full', clearedBy: ['flush', 'storage'] };
  await rig.fails('storage', FULL);
  const short = rig.put('short');
  await settled();
  t.deepEqual([rig.state, rig.writer.waitingFor], ['waiting', 'the disk is full']);
  rig.blocked = undefined;
  rig.writer.reopened(0);
  await short;
  rig.blocked = { cause: 'disk', reason: 'the disk is full', clearedBy: ['flush', 'storage'] };
  const long = rig.put('long');
  long.catch(() => undefined);
  await rig.passes(10_000);
  const error = await t.throwsAsync(long, { instanceOf: LithifyError, code: 'LITHIFY_DISK_FULL', message: /Make room on the disk/ });
  t.deepEqual([error.cause, error.details], [FULL, FULL.details]);
  rig.blocked = undefined;
  await rig.write('later');
  t.deepEqual(rig.news().slice(-1), ['writersResumed: the disk is full']);
});

test('closed while it waits, before a failure or after one, it refuses who waits and holds nobody', async (t) => {
  for (const failures of [0, 1]) {
    const { rig, written } = await waiting();
    for (let i = 0; i < failures; i++) await rig.fails('flush');
    await rig.close();
    await settled();
    await t.throwsAsync(written, { code: 'LITHIFY_CLOSED' });
    t.deepEqual([rig.state, rig.runtime.held, rig.runtime.timers], ['closed', 0, 0]);
  }
});

test('a memtable that a flush waits to have sealed is sealed also while writers wait for compaction', async (t) => {
  const rig = await PressedWriter.open();
  await rig.owes({ debt: BEYOND });
  const written = Promise.all([rig.put('a', MiB / 3), rig.put('b', MiB / 3), rig.put('c', MiB / 3)]);
  while (rig.state !== 'waiting') await rig.rest();
  // The only compactor runs it: without the seal there would be no compaction either.
  await rig.writer.seal(rig.memtables.active.number);
  t.is(rig.memtables.sealed.length, 1);
  await rig.owes({ debt: 0 });
  await rig.rest();
  t.is((await written).length, 3);
});

test('a flush that comes when the writer closes, or after that, is told so', async (t) => {
  const rig = await PressedWriter.open();
  await rig.write('a');
  const { number } = rig.memtables.active;
  const closing = rig.close();
  await t.throwsAsync(rig.writer.seal(number), { code: 'LITHIFY_CLOSED' });
  await closing;
  await t.throwsAsync(rig.writer.seal(number), { code: 'LITHIFY_CLOSED' });
});
