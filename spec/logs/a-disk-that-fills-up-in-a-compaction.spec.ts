import { rm, statfs, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { keyBasedRetention, type LithifyError, type OpenOptions, open, type Topic } from '../../index.ts';
import { codeOf } from '../../protocol/errors.ts';
import { eventsOf, quiet } from '../support/engines.ts';
import { valueOf } from '../support/full-disk.ts';
import { nextEvent, ofType } from '../support/next-event.ts';
import { smallDisk } from '../support/small-disk.ts';
import { blobsIn } from '../support/store-contents.ts';
import { recordsOf, textOf } from './support/topics.ts';

// D2 of the seed: a full disk cut the copy of a log short, and the short copy took the place of the log. 9,000 records in, 774 left.

const MiB = 1024 * 1024;
const OPTIONS: OpenOptions = { memtableBytes: MiB, memoryBytes: 8 * MiB, durability: 'os' };
const RECORDS = 5_000;
/** A key's second record takes the place of its first. */
const KEYS = RECORDS - 500;
const LEFT_FREE = 3 * MiB;

for (const workers of [2, 0]) {
  test.serial(`nothing is lost, the error says so, and there is a next time, with ${workers} workers`, async (t) => {
    const disk = await smallDisk(t, 48);
    if (disk === undefined) {
      t.pass();
      return;
    }
    const engine = await open(`${disk}/store`, { ...OPTIONS, workers });
    const events = eventsOf(engine);
    const topic = engine.topic('log');
    await topic.produceMany(Array.from({ length: RECORDS }, (_, i) => ({ key: BigInt(i % KEYS), value: valueOf(i) })));
    await engine.ask({ type: 'MinorCompact' });
    await fill(disk);

    topic.register({ strategy: keyBasedRetention(2 * RECORDS), minDirtyRatio: 1, compactionThreshold: 64 * MiB });
    const failed = nextEvent(engine, 'logCompactionFailed');
    await t.throwsAsync(topic.compact(), { code: 'LITHIFY_DISK_FULL' });
    const { error, retryMs } = await failed;
    t.is(error.code, 'LITHIFY_DISK_FULL');
    t.true(retryMs !== undefined && retryMs > 0);
    await assertRecords(t, topic, upTo(RECORDS), 0);
    t.true(await settles(topic), 'a producer waits for a disk that is full');

    await rm(`${disk}/ballast`);
    await compacts(topic);
    const produced = (topic.offsets()?.next ?? 0) - RECORDS;
    await assertRecords(t, topic, upTo(RECORDS).slice(RECORDS - KEYS), produced);
    t.deepEqual((await engine.verify()).damage, []);
    t.is(ofType(events, 'producersWaiting').length, ofType(events, 'producersResumed').length);
    await engine.close();
    t.log(`${ofType(events, 'logCompactionFailed').length} runs failed, LevelDB ${ofType(events, 'storageFailed').length} times`);

    const again = await open(`${disk}/store`, OPTIONS);
    await assertRecords(t, again.topic('log'), upTo(RECORDS).slice(RECORDS - KEYS), produced);
    await again.close();
  });
}

test.serial('producers that a run held back are let go when the disk is full, and get a defined answer', async (t) => {
  const disk = await smallDisk(t, 48);
  if (disk === undefined) {
    t.pass();
    return;
  }
  const engine = await open(`${disk}/store`, OPTIONS);
  const topic = engine.topic('log');
  await topic.produceMany(Array.from({ length: RECORDS }, (_, i) => ({ key: BigInt(i), value: valueOf(i) })));
  await engine.ask({ type: 'MinorCompact' });
  await fill(disk);
  topic.register({ strategy: keyBasedRetention(2 * RECORDS), minDirtyRatio: 0, compactionThreshold: 1_000 });
  const failed = nextEvent(engine, 'logCompactionFailed', ({ error }) => error.code === 'LITHIFY_DISK_FULL');
  const events = eventsOf(engine);
  const answers: Promise<string>[] = [];
  const isOver = failed.then(() => true);
  while (!(await Promise.race([isOver, turn()])) && answers.length < 2_000) answers.push(answerOf(topic));
  const codes = new Set(await Promise.all(answers));
  t.log(`${answers.length} calls, held back ${ofType(events, 'producersWaiting').length} times: ${[...codes].join()}`);
  codes.delete('done');
  t.true(
    [...codes].every((code) => code === 'LITHIFY_DISK_FULL' || code === 'LITHIFY_BLOB_STORE'),
    [...codes].join(),
  );
  await rm(`${disk}/ballast`);
  await compacts(topic);
  const next = topic.offsets()?.next ?? 0;
  await topic.unregister();
  await assertRecords(t, topic, upTo(RECORDS), next - RECORDS);
  await engine.close();
});

test.serial('a large value that the disk has no room for is refused, leaves nothing, and later has its room', async (t) => {
  const disk = await smallDisk(t, 32);
  if (disk === undefined) {
    t.pass();
    return;
  }
  const engine = await open(`${disk}/store`, OPTIONS);
  const topic = engine.topic('log');
  await topic.produce({ key: 1n, value: 'before' });
  await fill(disk);
  const recovered = nextEvent(engine, 'storageRecovered');
  const value = Array.from({ length: 4_000 }, (_, i) => valueOf(i)).join('');
  await t.throwsAsync(topic.produce({ key: 2n, value }), { code: 'LITHIFY_DISK_FULL' });
  t.deepEqual((await recordsOf(topic)).map(textOf), ['before']);
  await rm(`${disk}/ballast`);
  await recovered;
  t.is(await topic.produce({ key: 3n, value }), 1);
  t.true((await recordsOf(topic)).map(textOf)[1] === value);
  await quiet(engine);
  t.is(engine.stats().garbage.blobs, 0);
  await engine.close();
  t.is((await blobsIn(`${disk}/store`)).length, 1);
});

/** Leaves little room: what a copy of the log needs is not there. */
async function fill(disk: string): Promise<void> {
  const { bavail, bsize } = await statfs(disk);
  await writeFile(`${disk}/ballast`, Buffer.alloc(bavail * bsize - LEFT_FREE));
}

/** What was there before, and then `more` further records. */
async function assertRecords(t: ExecutionContext, topic: Topic, offsets: readonly number[], more: number): Promise<void> {
  const found = await recordsOf(topic);
  t.is(found.length, offsets.length + more);
  const wrong = offsets.findIndex((offset, i) => found[i]?.offset !== offset || textOf(found[i]) !== valueOf(offset));
  t.is(wrong, -1, `offset ${offsets[wrong]} is not what was acknowledged`);
}

let nextKey = BigInt(RECORDS);

function answerOf(topic: Topic): Promise<string> {
  const produced = topic.produce({ key: nextKey++, value: 'more'.repeat(100) });
  return produced.then(
    () => 'done',
    (error: LithifyError) => codeOf(error) ?? String(error),
  );
}

async function settles(topic: Topic): Promise<boolean> {
  return (await answerOf(topic)) !== '';
}

/** A run that was under way when room was made fails once more; a later one does not. */
async function compacts(topic: Topic): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await topic.compact();
    } catch (error) {
      if (tries === 50) throw error;
    }
  }
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

async function turn(): Promise<false> {
  await new Promise((resolve) => setImmediate(resolve));
  return false;
}
