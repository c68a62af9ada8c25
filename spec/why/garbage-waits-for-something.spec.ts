import test from 'ava';
import { openEngine } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';
import { chainOf, codesOf, reasonOf, tableOf, withFaults } from './support/reasons.ts';

const LARGE = { tableBytes: 1024 * 1024, memtableBytes: 64 * 1024 };

test('a reader pins it: who, since when, at which version, and how much', async (t) => {
  const faults = Faults.create();
  t.teardown(() => faults.release('verify'));
  const engine = await openEngine(t, withFaults(faults));
  await tableOf(engine, 20);
  const { version } = engine.shape();
  faults.hold('verify');
  const verified = engine.verify();
  await faults.reach('verify', 1);
  const { inputBlobs } = await engine.ask({ type: 'MajorCompaction' });
  const why = engine.why.onDisk(inputBlobs[0]);
  t.is(chainOf(why), 'garbage > pinned-by-lease');
  const bytes = engine.stats().garbage.bytes;
  t.like(reasonOf(why, 'pinned-by-lease').details, { owner: 'verify', version, pinnedBlobs: inputBlobs.length, pinnedBytes: bytes });
  t.regex(
    why.sentence,
    /^Blob \d+ \([\d.]+ k?B\) has been garbage since version \d+, and is still there, because a verify, begun .* ago, still reads version \d+ and pins \d blobs? \([\d.]+ k?B\)\.$/,
  );
  t.like(engine.shape().leases[0], { owner: 'verify', version, pinnedBytes: bytes });
  t.true(engine.shape().garbage.every(({ pinned }) => pinned));
  const collected = nextEvent(engine, 'collected');
  faults.release('verify');
  await Promise.all([verified, collected]);
  t.is(chainOf(engine.why.onDisk(inputBlobs[0])), 'not-there');
});

test('little garbage waits for more, or for rest; a collection is asked for, and it runs, and then the blob is gone', async (t) => {
  const faults = Faults.create();
  t.teardown(() => faults.release('delete'));
  const engine = await openEngine(t, withFaults(faults, LARGE));
  await tableOf(engine, 20);
  faults.hold('delete');
  const { inputBlobs } = await engine.ask({ type: 'MajorCompaction' });
  const little = engine.why.onDisk(inputBlobs[0]);
  t.is(chainOf(little), 'garbage > too-little-garbage');
  const { deletableBytes, startsAtBytes } = reasonOf(little, 'too-little-garbage').details;
  t.true(Number(deletableBytes) < Number(startsAtBytes));
  t.is(startsAtBytes, 1024 * 1024);
  const collected = engine.ask({ type: 'GarbageCollect' });
  await faults.reach('delete', 1);
  t.is(chainOf(engine.why.onDisk(inputBlobs[0])), 'garbage > collection-runs');
  const second = engine.ask({ type: 'GarbageCollect' });
  t.deepEqual(codesOf(engine.why.onDisk(inputBlobs[0])), ['garbage', 'collection-runs', 'collection-waits', 'one-at-a-time', 'work-runs']);
  faults.release('delete');
  await Promise.all([collected, second]);
  t.is(chainOf(engine.why.onDisk(inputBlobs[0])), 'not-there');
});

test('collections that fail say so, with their error', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, withFaults(faults, LARGE));
  await tableOf(engine, 20);
  faults.fail('delete', 'refused', 1_000);
  const { inputBlobs } = await engine.ask({ type: 'MajorCompaction' });
  await t.throwsAsync(engine.ask({ type: 'GarbageCollect' }), { code: 'LITHIFY_SST' });
  const why = engine.why.onDisk(inputBlobs[0]);
  t.deepEqual(codesOf(why).slice(0, 2), ['garbage', 'collection-failed']);
  t.like(reasonOf(why, 'collection-failed').details, { errorCode: 'LITHIFY_SST' });
  t.regex(why.sentence, /collections have failed for .*: Injected: the delete job fails/i);
  faults.fail('delete', 'refused', 0);
});
