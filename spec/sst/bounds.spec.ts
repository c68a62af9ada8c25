import test from 'ava';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import { Bench, drainSync, put, text } from '../support/tables.ts';

async function scan(bounds: { gte?: string; lt?: string; reverse?: boolean }): Promise<string[]> {
  const bench = new Bench();
  const tables = await bench.write(
    [10, 20, 30, 40, 50].map((n) => put(`${n}`, n)),
    { blockBytes: 64, tableBytes: 64, bloomBitsPerKey: 10 },
  );
  const { gte, lt, reverse = false } = bounds;
  const cursor = runCursor(tables, {
    source: bench.source(),
    reverse,
    ...(gte !== undefined && { gte: text(gte) }),
    ...(lt !== undefined && { lt: text(lt) }),
  });
  return drainSync(cursor).map(({ key }) => Buffer.from(key).toString());
}

test('a scan from beyond the last key is empty and ends', async (t) => {
  t.deepEqual(await scan({ gte: '99' }), []);
  t.deepEqual(await scan({ gte: '99', reverse: true }), []);
});

test('a scan to before the first key is empty and ends', async (t) => {
  t.deepEqual(await scan({ lt: '05' }), []);
  t.deepEqual(await scan({ lt: '05', reverse: true }), []);
});

test('the lower bound is inclusive, whether or not the key exists', async (t) => {
  t.deepEqual(await scan({ gte: '30' }), ['30', '40', '50']);
  t.deepEqual(await scan({ gte: '25' }), ['30', '40', '50']);
  t.deepEqual(await scan({ gte: '30', reverse: true }), ['50', '40', '30']);
});

test('the upper bound is exclusive, whether or not the key exists', async (t) => {
  t.deepEqual(await scan({ lt: '30' }), ['10', '20']);
  t.deepEqual(await scan({ lt: '35' }), ['10', '20', '30']);
  t.deepEqual(await scan({ lt: '35', reverse: true }), ['30', '20', '10']);
});

test('an upper bound beyond the last key loses nothing and adds nothing', async (t) => {
  t.deepEqual(await scan({ lt: '99' }), ['10', '20', '30', '40', '50']);
  t.deepEqual(await scan({ lt: '99', reverse: true }), ['50', '40', '30', '20', '10']);
});

test('bounds that exclude each other give nothing', async (t) => {
  t.deepEqual(await scan({ gte: '40', lt: '20' }), []);
  t.deepEqual(await scan({ gte: '40', lt: '20', reverse: true }), []);
  t.deepEqual(await scan({ gte: '30', lt: '30' }), []);
});

test('a run of no tables is empty', (t) => {
  const source = new Bench().source();
  t.deepEqual(drainSync(runCursor([], { source })), []);
  t.deepEqual(drainSync(runCursor([], { source, reverse: true, lt: text('x') })), []);
});
