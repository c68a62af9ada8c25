import test from 'ava';
import { CommitQueue } from '../../actors/commit-queue.ts';
import { LogNumbers } from '../../actors/logs/log-numbers.ts';
import { LiveMemtable } from '../../actors/memtables.ts';
import { EMPTY_CATALOG } from '../../storage/log/catalog.ts';
import { GroupBuilder } from '../../storage/wal/group.ts';
import { eventsOf, openEngine, quiet, TINY } from '../support/engines.ts';
import { text, u64 } from '../support/tables.ts';

const MiB = 1024 * 1024;

function groupOf(rangeDeletes: number, puts = 0): GroupBuilder {
  const builder = new GroupBuilder();
  for (let i = 0; i < rangeDeletes; i++) builder.deleteRange(u64(i), u64(i + 1));
  for (let i = 0; i < puts; i++) builder.put(u64(i), text('value'));
  return builder;
}

test('a memtable refuses further range deletes at about a thousand, and takes everything else', (t) => {
  const live = new LiveMemtable(1, MiB, 1);
  t.true(live.fits(groupOf(256)));
  let sequence = 1;
  for (let i = 0; i < 3; i++) {
    const builder = groupOf(256);
    t.true(live.fits(builder));
    live.apply(builder.group(sequence));
    sequence += builder.count;
  }
  t.is(live.memtable.rangeDeletes.size, 768);
  t.false(live.fits(groupOf(256)));
  t.true(live.fits(groupOf(200, 50)));
  live.apply(groupOf(232).group(sequence));
  t.is(live.memtable.rangeDeletes.size, 1000);
  t.false(live.fits(groupOf(1)));
  t.true(live.fits(groupOf(0, 50)));
  t.true(new LiveMemtable(2, MiB, 1).fits(groupOf(1001)), 'one that has none is never too full for them');
});

test('at most 256 come in one group, in their order among other writes', async (t) => {
  const queue = new CommitQueue({ memtableBytes: 16 * MiB }, LogNumbers.of(EMPTY_CATALOG, []));
  const done: Promise<void>[] = [];
  for (let i = 0; i < 600; i++) {
    done.push(queue.deleteRange({ gte: u64(i), lt: u64(i + 1) }, false));
    done.push(queue.put(u64(i), text('after it'), false));
  }
  const sizes: number[] = [];
  for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
    sizes.push(group.builder.rangeDeletes);
    group.resolve();
  }
  t.deepEqual(sizes, [256, 256, 88]);
  await Promise.all(done);
});

test('a range without keys writes nothing', async (t) => {
  const queue = new CommitQueue({ memtableBytes: MiB }, LogNumbers.of(EMPTY_CATALOG, []));
  await queue.deleteRange({ gte: u64(2), lt: u64(2) }, true);
  await queue.deleteRange({ lt: new Uint8Array(0) }, true);
  t.is(queue.length, 0);
});

test('thousands of clears seal memtables, and each does what it should', async (t) => {
  const engine = await openEngine(t, { ...TINY, memtableBytes: 8 * MiB, memoryBytes: 64 * MiB });
  const events = eventsOf(engine);
  const keyOf = (i: number) => String(i).padStart(5, '0');
  await engine.kv.batch(Array.from({ length: 2500 }, (_, i) => ({ type: 'put' as const, key: keyOf(i), value: 'there' })));
  // Every second key, in an order of no use.
  await Promise.all(
    Array.from({ length: 1250 }, (_, i) => {
      const key = keyOf(2 * ((i * 7) % 1250));
      return engine.kv.clear({ gte: key, lte: key });
    }),
  );
  t.true(events.some((event) => event.type === 'memtableSealed' && event.reason === 'the memtable is full'));
  const odd = Array.from({ length: 1250 }, (_, i) => keyOf(2 * i + 1));
  t.deepEqual(await engine.kv.keys().all(), odd);
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  t.deepEqual(await engine.kv.keys({ reverse: true }).all(), odd.toReversed());
});
