import test from 'ava';
import { planOptions } from '../../storage/tablet/plan-options.ts';
import type { Write } from './support/model.ts';
import { ModelStore, PUT_BYTES } from './support/model.ts';
import { random, shuffled } from './support/random.ts';

const KEYS = 4000;
const MEMTABLE = 200;
const LIVE = KEYS * PUT_BYTES;
const ALL = Array.from({ length: KEYS }, (_, key) => key);

function newStore(memtable = MEMTABLE): ModelStore {
  return new ModelStore(planOptions({ minorTrigger: 4, tableBytes: 1000, memtableBytes: memtable * PUT_BYTES }));
}

/** As an engine does it: a flush whenever the memtable is full, and then all the work that there is. */
function write(store: ModelStore, writes: readonly Write[], memtable = MEMTABLE): void {
  for (let i = 0; i < writes.length; i += memtable) {
    store.flush(writes.slice(i, i + memtable));
    store.settle();
  }
}

function loaded(): ModelStore {
  const store = newStore();
  write(
    store,
    shuffled(ALL, random(1)).map((key) => [key, 1]),
  );
  return store;
}

function compacted(): ModelStore {
  const store = loaded();
  const id = store.beginMajor();
  if (typeof id === 'number') store.finish(id);
  return store;
}

function lastLevel(store: ModelStore): string {
  return store.tablet.version.levels[6].map(({ id }) => id).join(' ');
}

test('flushing one key at a time into a settled store rewrites a few keys, and never the last level', (t) => {
  const store = compacted();
  const before = { last: lastLevel(store), written: store.written };
  const draw = random(2);
  for (let i = 0; i < 100; i++) write(store, [[Math.floor(draw() * KEYS), 2]]);
  t.is(lastLevel(store), before.last);
  t.true(store.written - before.written < LIVE / 4, `${store.written - before.written} bytes for 100 keys`);
});

test('overwriting everything 20 times stays below 2.5 times the live bytes, and ends near them', (t) => {
  const store = loaded();
  const draw = random(3);
  store.peakBytes = 0;
  for (let round = 0; round < 20; round++) {
    write(
      store,
      shuffled(ALL, draw).map((key) => [key, round]),
    );
    t.true(store.bytes() <= 1.4 * LIVE, `${store.bytes()} bytes after round ${round}`);
  }
  t.true(store.peakBytes <= 2 * LIVE, `at most ${store.peakBytes} bytes`);
});

test('random overwrites are written about as often as the levels ask for, not more', (t) => {
  const store = loaded();
  const draw = random(4);
  const before = { flushed: store.flushed, written: store.written };
  for (let round = 0; round < 10; round++)
    write(
      store,
      shuffled(ALL, draw).map((key) => [key, round]),
    );
  const factor = 1 + (store.written - before.written) / (store.flushed - before.flushed);
  t.true(factor < 9, `written ${factor} times`);
});

test('a store that every memtable overwrites whole stays a small multiple of it', (t) => {
  const store = newStore();
  for (let round = 0; round < 30; round++) {
    if (round === 4) store.peakBytes = 0;
    write(
      store,
      ALL.slice(0, MEMTABLE).map((key) => [key, round]),
    );
  }
  t.true(store.peakBytes <= 3 * MEMTABLE * PUT_BYTES, `at most ${store.peakBytes} bytes`);
});

test('keys loaded in order are hardly written twice', (t) => {
  const store = newStore();
  write(
    store,
    ALL.map((key) => [key, 1]),
  );
  t.true(store.written < LIVE, `${store.written} bytes`);
  t.is(store.bytes(), LIVE);
});

test('after most keys are deleted the bytes go too, without a major', (t) => {
  const store = loaded();
  write(
    store,
    shuffled(
      ALL.filter((key) => key % 10 !== 0),
      random(5),
    ).map((key) => [key, undefined]),
  );
  t.true(store.bytes() <= 2 * store.liveBytes(), `${store.bytes()} bytes, ${store.liveBytes()} live`);
});

test('when everything is deleted, almost nothing is left', (t) => {
  const store = loaded();
  write(
    store,
    shuffled(ALL, random(6)).map((key) => [key, undefined]),
  );
  t.true(store.bytes() <= LIVE / 20, `${store.bytes()} bytes`);
});

test('deleting one range at once gives its space back', (t) => {
  const store = loaded();
  write(
    store,
    ALL.slice(1000, 1600).map((key) => [key, undefined]),
  );
  t.true(store.bytes() <= 1.2 * store.liveBytes(), `${store.bytes()} bytes, ${store.liveBytes()} live`);
});

test('what snapshots held back goes once they are released', (t) => {
  const store = loaded();
  store.snapshots.add(store.sequence);
  for (let round = 0; round < 3; round++)
    write(
      store,
      shuffled(ALL, random(7)).map((key) => [key, round === 2 ? undefined : round]),
    );
  t.true(store.bytes() >= LIVE);
  store.snapshots.clear();
  store.settle();
  t.true(store.bytes() <= LIVE / 4, `${store.bytes()} bytes`);
});

test('many flushes of a few new keys do not leave many small tables', (t) => {
  const store = newStore();
  for (let i = 0; i < 600; i++)
    write(store, [
      [2 * i, 1],
      [2 * i + 1, 1],
    ]);
  const tables = [store.tablet.version.minors, ...store.tablet.version.levels].flat().length;
  t.true(tables <= 60, `${tables} tables for 12,000 bytes`);
});
