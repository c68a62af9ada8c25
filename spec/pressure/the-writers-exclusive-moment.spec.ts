import test from 'ava';
import { nodeRuntime } from '../../platform/node-runtime.ts';
import { LithifyError } from '../../protocol/errors.ts';
import { FaultyFiles } from '../support/faulty-files.ts';
import { MiB } from './support/loads.ts';
import { FAULT, PressedWriter, settled } from './support/pressed-writer.ts';

const WHY = 'tables come in';

/** A moment that lasts until it is told how it ends. */
class Moment {
  readonly done: Promise<void>;
  from: number | undefined;
  #end = Promise.withResolvers<number>();

  constructor(rig: PressedWriter, why = WHY) {
    this.done = rig.writer.exclusively(why, (firstSequence) => {
      this.from = firstSequence;
      return this.#end.promise;
    });
    this.done.catch(() => undefined);
  }

  get isRunning(): boolean {
    return this.from !== undefined;
  }

  async ends(how: number | Error): Promise<void> {
    if (how instanceof Error) this.#end.reject(how);
    else this.#end.resolve(how);
    await settled();
  }
}

test('it comes in its turn, with everything before it in tables, and everything behind it waits for its end', async (t) => {
  const rig = await PressedWriter.open();
  const before = rig.put('before');
  const moment = new Moment(rig);
  const behind = rig.put('behind');
  await before;
  await settled();
  t.deepEqual([rig.memtables.sealed.length, moment.isRunning], [1, false]);
  await rig.flush();
  t.true(moment.isRunning && rig.memtables.live.isEmpty);
  t.deepEqual([moment.from, rig.writer.lastSequence, rig.writer.waiting], [2, 1, 1]);
  await moment.ends(3);
  await moment.done;
  await behind;
  t.is(rig.writer.lastSequence, 5);
  t.is(rig.memtables.active.firstSequence, 5);
});

test('who hears of its end finds its sequences readable', async (t) => {
  const rig = await PressedWriter.open();
  const moment = new Moment(rig);
  const seen = moment.done.then(() => rig.writer.lastSequence);
  await settled();
  await moment.ends(7);
  t.is(await seen, 7);
});

test('with nothing in memory it begins at once, and a short one is not talked about', async (t) => {
  const rig = await PressedWriter.open();
  const moment = new Moment(rig);
  await settled();
  t.is(rig.state, '{exclusive:running}');
  t.is(rig.writer.waitingFor, WHY);
  await rig.passes(49);
  await moment.ends(0);
  t.deepEqual([rig.state, rig.said, rig.writer.waitingFor], ['idle', [], undefined]);
});

test('when it takes longer than a moment it is said why writers wait, and for how long they did', async (t) => {
  const rig = await PressedWriter.open();
  await rig.write('k');
  const moment = new Moment(rig);
  await settled();
  await rig.passes(50);
  await rig.passes(30);
  await rig.flush();
  await rig.passes(20);
  await moment.ends(1);
  t.like(rig.said[1], { waitedMs: 50 });
  t.deepEqual(rig.news(), [`writersWaiting: ${WHY}`, `writersResumed: ${WHY}`]);
  t.true(rig.said.every(({ cause }) => cause === 'exclusive'));
});

test('two at once come one after the other, with the writes that are between them', async (t) => {
  const rig = await PressedWriter.open();
  const first = new Moment(rig, 'first');
  const between = rig.put('between');
  const second = new Moment(rig, 'second');
  await settled();
  t.deepEqual([first.isRunning, second.isRunning], [true, false]);
  await first.ends(10);
  await between;
  await settled();
  t.false(second.isRunning, 'what was written between has to be flushed first');
  await rig.flush();
  t.is(second.from, 12);
  await second.ends(1);
  await second.done;
  t.is(rig.writer.lastSequence, 12);
});

test('what it throws goes to its caller, and the writer is as it was', async (t) => {
  const rig = await PressedWriter.open();
  const moment = new Moment(rig);
  const behind = rig.put('behind');
  await settled();
  const fault = new TypeError('not a fault of the writer');
  await moment.ends(fault);
  t.is(await t.throwsAsync(moment.done), fault);
  await behind;
  t.is(rig.writer.lastSequence, 1);
});

test('flushes that fail before it refuse it after the time-out, and only it', async (t) => {
  const rig = await PressedWriter.open({ writeTimeoutMs: 5_000 });
  await rig.write('k');
  const moment = new Moment(rig);
  const behind = rig.put('behind');
  await settled();
  await rig.fails('flush');
  await rig.passes(4_999);
  t.is(rig.state, '{exclusive:emptying}');
  await rig.passes(1);
  await t.throwsAsync(moment.done, { code: FAULT.code, message: /tables come in/ });
  await behind;
  t.false(moment.isRunning);
});

test('memory that is at its limit is flushed before the last memtable is sealed', async (t) => {
  const rig = await PressedWriter.open({ limit: 2 });
  await rig.seal(1);
  await rig.write('k');
  const moment = new Moment(rig);
  await settled();
  t.is(rig.memtables.sealed.length, 1);
  await rig.flush();
  t.deepEqual([rig.memtables.sealed.length, moment.isRunning], [1, false]);
  await rig.flush();
  t.true(moment.isRunning);
  await moment.ends(0);
});

test('a log that cannot begin a new segment refuses it, and nobody behind it', async (t) => {
  const files = new FaultyFiles(nodeRuntime().memoryFiles());
  const rig = await PressedWriter.open({ files });
  await rig.write('k');
  files.fail({ call: 'create', code: 'EMFILE' });
  const moment = new Moment(rig);
  const behind = rig.put('behind');
  await settled();
  await t.throwsAsync(moment.done, { code: 'LITHIFY_WAL' });
  await behind;
  const again = new Moment(rig);
  await settled();
  await rig.flush();
  await again.ends(1);
  await again.done;
  t.is(rig.writer.lastSequence, 3);
});

test('a flush that waits for its memtable to be sealed does not wait for the moment that waits for it', async (t) => {
  const rig = await PressedWriter.open();
  await rig.write('k');
  const sealed = rig.writer.seal(1);
  const moment = new Moment(rig);
  const also = rig.writer.seal(1);
  await Promise.all([sealed, also]);
  await settled();
  await rig.flush();
  t.true(moment.isRunning);
  await moment.ends(0);
  await moment.done;
});

test('while LevelDB is opened again it waits, and is refused when that goes on for too long', async (t) => {
  const rig = await PressedWriter.open();
  rig.isStorageDown = true;
  const moment = new Moment(rig);
  await settled();
  t.false(moment.isRunning);
  await rig.fails('storage', new LithifyError('LITHIFY_BLOB_STORE', 'Injected.'));
  await rig.passes(10_000);
  await t.throwsAsync(moment.done, { code: 'LITHIFY_BLOB_STORE' });
  rig.isStorageDown = false;
  rig.writer.reopened(0);
  await rig.ends(rig.writer.workBegan('storage'), 'done');
  const again = new Moment(rig);
  await settled();
  t.true(again.isRunning);
  await again.ends(0);
});

test('if LevelDB failed under it, nothing is written before it is known whether it took place after all', async (t) => {
  for (const tookPlace of [true, false]) {
    const rig = await PressedWriter.open();
    const moment = new Moment(rig);
    await settled();
    rig.isStorageDown = true;
    await moment.ends(new LithifyError('LITHIFY_BLOB_STORE', 'Injected.'));
    await t.throwsAsync(moment.done, { code: 'LITHIFY_BLOB_STORE' });
    const behind = rig.put('behind');
    await settled();
    t.is(rig.state, 'waiting');
    t.regex(rig.writer.waitingFor ?? '', /tables come in failed, and LevelDB is being opened again/);
    rig.isStorageDown = false;
    rig.writer.reopened(tookPlace ? 4 : 0);
    await behind;
    t.is(rig.writer.lastSequence, tookPlace ? 5 : 1);
  }
});

test('closed while one waits for its turn or for memory, it is refused; closed while one runs, its end is awaited', async (t) => {
  const emptying = await PressedWriter.open();
  await emptying.write('k');
  const moments = [new Moment(emptying), new Moment(emptying)];
  await settled();
  await emptying.close();
  for (const moment of moments) await t.throwsAsync(moment.done, { code: 'LITHIFY_CLOSED' });
  await settled();
  t.deepEqual([emptying.runtime.held, emptying.runtime.timers], [0, 0]);

  const running = await PressedWriter.open();
  const moment = new Moment(running);
  const behind = running.put('behind');
  await settled();
  const closed = running.close();
  await settled();
  t.is(running.state, '{exclusive:running}');
  await moment.ends(1);
  await Promise.all([moment.done, behind, closed]);
  t.deepEqual([running.state, running.runtime.held, running.runtime.timers], ['closed', 0, 0]);
  await t.throwsAsync(
    running.writer.exclusively(WHY, async () => 0),
    { code: 'LITHIFY_CLOSED' },
  );
});

test('it is slowed by nobody, and what was owed before it is forgotten when it was long', async (t) => {
  const rig = await PressedWriter.open();
  await rig.owes({ debt: 8 * MiB });
  await rig.put('large', MiB / 3);
  await settled();
  const moment = new Moment(rig);
  await rig.rest();
  await rig.flush();
  t.true(moment.isRunning);
  await moment.ends(0);
  t.is(rig.state, 'idle');
});
