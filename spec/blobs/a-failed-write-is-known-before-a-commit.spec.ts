import test from 'ava';
import { WritePermits } from '../../storage/blobs/write-permits.ts';

const writing = () => Promise.withResolvers<void>();

test('when nobody writes there is nothing to wait for', async (t) => {
  t.true(await WritePermits.create().settle());
});

test('it waits for every write that is under way, and says whether one of them failed', async (t) => {
  for (const fails of [false, true]) {
    const permits = WritePermits.create();
    const [first, second] = [writing(), writing()];
    const done = [permits.run(() => first.promise), permits.run(() => second.promise)];
    let answer: boolean | undefined;
    const settled = permits.settle().then((sound) => (answer = sound));
    first.resolve();
    await done[0];
    t.is(answer, undefined);
    if (fails) permits.noteFailure();
    second.resolve();
    await settled;
    t.is(answer, !fails);
  }
});

test('it does not wait for writes that begin meanwhile, however many', async (t) => {
  const permits = WritePermits.create(1);
  const [first, next] = [writing(), writing()];
  const done = permits.run(() => first.promise);
  const settled = permits.settle();
  const later = permits.run(() => next.promise);
  first.resolve();
  await done;
  t.true(await settled);
  next.resolve();
  await later;
});

test('a failure is known until LevelDB is open again, also to those who attach later', async (t) => {
  const permits = WritePermits.create();
  permits.noteFailure();
  t.false(await WritePermits.attach(permits.buffer, 3).settle());
  permits.forgetFailure();
  t.true(await permits.settle());
});

test('a thread that dies gives back what it held', async (t) => {
  const permits = WritePermits.create();
  await WritePermits.attach(permits.buffer, 3).acquire();
  const settled = permits.settle();
  permits.releaseSlot(3);
  t.true(await settled);
});
