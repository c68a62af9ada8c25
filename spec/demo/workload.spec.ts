import test from 'ava';
import { Versions } from '../../cli/demo/versions.ts';
import { keyNumber, keyText, operations, versionOf, type Workload, writeValue } from '../../cli/demo/workload.ts';

const workload: Workload = { seed: 42, writes: 20_000, keys: 500, valueBytes: 100, batch: 1000 };

function replay({ writes, batch }: Workload, one: Workload = workload): Map<string, Buffer> {
  const store = new Map<string, Buffer>();
  for (let from = 0; from < writes; from += batch) {
    for (const operation of operations(one, from, from + batch)) {
      const key = Buffer.from(operation.key).toString();
      if (operation.type === 'put') store.set(key, Buffer.from(operation.value));
      else store.delete(key);
    }
  }
  return store;
}

test('what the writes leave can be said without remembering them', (t) => {
  const store = replay(workload);
  const versions = new Versions(workload);
  versions.applyTo(workload.writes);
  t.is(versions.live, store.size);
  for (let key = 0; key < workload.keys; key++) {
    const value = store.get(keyText(key));
    t.is(versions.of(key), value === undefined ? 0 : versionOf(value));
    if (value === undefined) continue;
    const expected = Buffer.alloc(workload.valueBytes);
    writeValue(expected, 0, workload, key, versions.of(key));
    t.deepEqual(value, expected);
  }
});

test('however the writes are cut into batches, they are the same; another seed gives others', (t) => {
  t.deepEqual(replay({ ...workload, batch: 400 }), replay(workload));
  t.notDeepEqual(replay(workload, { ...workload, seed: 43 }), replay(workload));
});

test('every key is used, some writes delete, and no value is like another', (t) => {
  const batch = operations(workload, 0, workload.writes);
  t.is(new Set(batch.map(({ key }) => keyNumber(key))).size, workload.keys);
  const values = batch.flatMap((operation) => (operation.type === 'put' ? [Buffer.from(operation.value).toString('latin1')] : []));
  const deleted = batch.length - values.length;
  t.true(deleted > 800 && deleted < 1200, `${deleted} of 20,000 delete`);
  t.is(new Set(values.map((value) => value.slice(12))).size, values.length);
});

test('values have the size that was asked for, also the least', (t) => {
  for (const valueBytes of [16, 17, 100, 1000]) {
    const put = operations({ ...workload, valueBytes }, 0, 50).find(({ type }) => type === 'put');
    t.is(put?.type === 'put' ? put.value.length : 0, valueBytes);
  }
});

test('only keys of the fleet have a number', (t) => {
  t.is(keyNumber(Buffer.from(keyText(499))), 499);
  for (const other of ['', 'sensor/00000049', 'sensor/0000004991', 'tensor/000000499', 'sensor/00000049x'])
    t.is(keyNumber(Buffer.from(other)), -1, other);
});
