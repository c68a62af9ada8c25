import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { Memtable, type SharedMemtable } from '../../storage/memtable/memtable.ts';
import { filled, groupOf, type Put, rest, show } from './model.ts';

const puts: Put[] = Array.from({ length: 5000 }, (_, i) => [
  new TextEncoder().encode(`sensor:${String((i * 7919) % 3000).padStart(8, '0')}:temperature`),
  i % 5 === 0 ? undefined : new Uint8Array([i, i >> 8]),
]);

async function readElsewhere(shared: SharedMemtable): Promise<Record<string, unknown>> {
  const worker = new Worker(new URL('./reader-thread.ts', import.meta.url), { workerData: shared });
  const [answer] = await once(worker, 'message');
  await worker.terminate();
  return answer;
}

test('another thread reads the same memory, without a copy', async (t) => {
  const { memtable, model } = filled([puts.slice(0, 2000), puts.slice(2000)]);
  t.true(memtable.shared.buffer instanceof SharedArrayBuffer);
  const answer = await readElsewhere(memtable.shared);
  t.like(answer, { number: 1, entries: 5000, firstSequence: 1, lastSequence: 5000 });
  t.is(answer.forward, show(model.versions));
  t.is(answer.backward, show(model.versions.toReversed()));
  t.is(answer.found, 5000);
});

test('where memory cannot be shared a copy reads the same', async (t) => {
  const { memtable, model } = filled([puts]);
  const copy = new ArrayBuffer(memtable.shared.buffer.byteLength);
  new Uint8Array(copy).set(new Uint8Array(memtable.shared.buffer));
  const answer = await readElsewhere({ number: 1, buffer: copy });
  t.is(answer.forward, show(model.versions));
});

test('what was written after it was handed over is seen by handing it over again', (t) => {
  const { memtable, model } = filled([puts.slice(0, 100)]);
  const early = Memtable.attach(memtable.shared);
  t.is(early.entries, 100);
  t.is(show(rest(early.cursor())), show(model.versions));
  groupOf(101, puts.slice(100, 200)).apply(memtable);
  t.is(Memtable.attach(memtable.shared).entries, 200);
});

test('a buffer that is no memtable is refused', (t) => {
  t.throws(() => Memtable.attach({ number: 1, buffer: new ArrayBuffer(4096) }), { code: 'LITHIFY_INTERNAL' });
});
