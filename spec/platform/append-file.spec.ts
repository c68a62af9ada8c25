import test from 'ava';
import { type AppendHandle, HandleAppendFile } from '../../platform/append-file.ts';

/** A file that does what a disk may do: write less than asked, be full, fail to sync. */
class MoodyHandle implements AppendHandle {
  content: number[] = [];
  readonly calls: string[] = [];
  /** Most bytes that one write takes. */
  appetite = Number.POSITIVE_INFINITY;
  room = Number.POSITIVE_INFINITY;
  syncFailures = 0;

  async write(bytes: Uint8Array): Promise<{ bytesWritten: number }> {
    if (this.content.length >= this.room) throw failure('ENOSPC');
    const taken = bytes.subarray(0, Math.min(this.appetite, this.room - this.content.length));
    this.content.push(...taken);
    return { bytesWritten: taken.length };
  }
  async datasync(): Promise<void> {
    this.calls.push('datasync');
    if (this.syncFailures-- > 0) throw failure('EIO');
  }
  async sync(): Promise<void> {
    this.calls.push('sync');
  }
  async truncate(length: number): Promise<void> {
    this.calls.push(`truncate ${length}`);
    this.content.length = length;
  }
  async close(): Promise<void> {
    this.calls.push('close');
  }
}

const failure = (code: string) => Object.assign(new Error(code), { code });
const bytes = (...values: number[]) => Uint8Array.from(values);

test('short writes are continued until every byte is written', async (t) => {
  const handle = new MoodyHandle();
  handle.appetite = 2;
  const file = new HandleAppendFile(handle);
  await file.append(bytes(1, 2, 3, 4, 5), true);
  t.deepEqual(handle.content, [1, 2, 3, 4, 5]);
  t.is(file.length, 5);
  t.deepEqual(handle.calls, ['datasync']);
});

test('a write that takes nothing fails instead of turning for ever', async (t) => {
  const handle = new MoodyHandle();
  handle.appetite = 0;
  await t.throwsAsync(new HandleAppendFile(handle).append(bytes(1), false), { code: 'EIO' });
});

test('the length does not count an append that failed, and its torn bytes are cut off before the next', async (t) => {
  const handle = new MoodyHandle();
  const file = new HandleAppendFile(handle);
  await file.append(bytes(1, 2), true);
  handle.room = 3;
  await t.throwsAsync(file.append(bytes(3, 4), true), { code: 'ENOSPC' });
  t.is(file.length, 2);
  handle.room = 100;
  await file.append(bytes(5), false);
  t.deepEqual(handle.content, [1, 2, 5]);
  t.is(file.length, 3);
});

test('torn bytes can be cut off without another append', async (t) => {
  const handle = new MoodyHandle();
  const file = new HandleAppendFile(handle);
  handle.room = 1;
  await t.throwsAsync(file.append(bytes(1, 2), false), { code: 'ENOSPC' });
  await file.truncate(file.length);
  t.deepEqual(handle.content, []);
  t.deepEqual(handle.calls, ['truncate 0', 'sync']);
});

test('after a failed sync nothing is written or called durable any more', async (t) => {
  const handle = new MoodyHandle();
  const file = new HandleAppendFile(handle);
  handle.syncFailures = 1;
  await t.throwsAsync(file.append(bytes(1), true), { code: 'EIO' });
  await t.throwsAsync(file.append(bytes(2), false), { code: 'EIO' });
  await t.throwsAsync(file.sync(), { code: 'EIO' });
  await t.throwsAsync(file.truncate(0), { code: 'EIO' });
  t.deepEqual(handle.content, [1]);
  t.is(file.length, 0);
});

test('a file cannot be cut to more than it holds', async (t) => {
  const file = new HandleAppendFile(new MoodyHandle());
  await file.append(bytes(1), false);
  await t.throwsAsync(file.truncate(2), { instanceOf: RangeError });
});

test('closing twice closes once', async (t) => {
  const handle = new MoodyHandle();
  const file = new HandleAppendFile(handle);
  await Promise.all([file.close(), file.close()]);
  t.deepEqual(handle.calls, ['close']);
});
