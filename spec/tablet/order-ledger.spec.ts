import test from 'ava';
import type { Order } from '../../storage/tablet/contract.ts';
import { OrderLedger } from '../../storage/tablet/ledger.ts';
import { bytes, tableOf, text } from './support/notation.ts';

const ORDER: Order = {
  kind: 'regular',
  reason: 'a spec',
  inputs: [
    { place: 5, table: tableOf(1, 'c-m 100') },
    { place: 6, table: tableOf(2, 'a-p 100') },
  ],
  target: 6,
  minKey: bytes('a'),
  maxKey: bytes('p'),
  dropTombstones: true,
  move: false,
  bytes: 200,
};
const SLICES = [{ lt: bytes('g') }, { gte: bytes('g') }];

function result(ids: readonly string[], resumeAt?: string) {
  const outputs = ids.map((one, i) => tableOf(10 + i, `${one} 50`));
  return {
    outputs,
    entriesIn: 10,
    entriesOut: 5,
    bytesRead: 100,
    bytesWritten: 50,
    ...(resumeAt !== undefined && { resumeAt: bytes(resumeAt) }),
  };
}

test('a running order holds its whole range in every place it reads and writes, until it is closed', (t) => {
  const ledger = new OrderLedger();
  const id = ledger.open(ORDER, SLICES);
  t.deepEqual(
    ledger.leased.map(({ place, minKey, maxKey }) => [place, text(minKey), text(maxKey)]),
    [
      [5, 'a', 'p'],
      [6, 'a', 'p'],
    ],
  );
  ledger.close(id);
  t.deepEqual(ledger.leased, []);
});

test('what an order writes is held also where it reads nothing', (t) => {
  const ledger = new OrderLedger();
  ledger.open({ ...ORDER, inputs: ORDER.inputs.slice(0, 1) });
  t.deepEqual(
    ledger.leased.map(({ place }) => place),
    [5, 6],
  );
});

test('an order is complete when every slice is done, and its outputs are in key order', (t) => {
  const ledger = new OrderLedger();
  const id = ledger.open(ORDER, SLICES);
  const [first, second] = [ledger.startSlice(id), ledger.startSlice(id)];
  t.is(ledger.startSlice(id), undefined);
  ledger.finishSlice(id, second?.index ?? -1, result(['h-k', 'l-p']));
  t.false(ledger.isComplete(id));
  ledger.finishSlice(id, first?.index ?? -1, result(['a-d']));
  t.true(ledger.isComplete(id));
  t.deepEqual(
    ledger.outputs(id).map(({ minKey }) => text(minKey)),
    ['a', 'h', 'l'],
  );
  t.deepEqual(ledger.totals(id), { slices: 2, entriesIn: 20, entriesOut: 10, bytesRead: 200, bytesWritten: 100 });
});

test('a slice that yielded leaves a new one from where it stopped', (t) => {
  const ledger = new OrderLedger();
  const id = ledger.open(ORDER, SLICES);
  ledger.startSlice(id);
  t.deepEqual(ledger.finishSlice(id, 0, result(['a-b'], 'c')), { kind: 'done', rest: 2 });
  const ranges = ledger.slices(id).map(({ range, state }) => `${text(range.gte)}..${text(range.lt)} ${state}`);
  t.deepEqual(ranges, ['..c done', 'g.. waiting', 'c..g waiting']);
});

test('a slice that yields outside of its range is a defect', (t) => {
  const ledger = new OrderLedger();
  const id = ledger.open(ORDER, SLICES);
  ledger.startSlice(id);
  t.throws(() => ledger.finishSlice(id, 0, result([], 'g')), { code: 'LITHIFY_INTERNAL' });
});

test('a failed slice waits again', (t) => {
  const ledger = new OrderLedger();
  const id = ledger.open(ORDER);
  ledger.startSlice(id);
  ledger.retrySlice(id, 0);
  t.is(ledger.startSlice(id)?.index, 0);
});

test('only a running slice can settle, and only once', (t) => {
  const ledger = new OrderLedger();
  const id = ledger.open(ORDER);
  t.throws(() => ledger.finishSlice(id, 0, result([])), { code: 'LITHIFY_INTERNAL' });
  ledger.startSlice(id);
  ledger.finishSlice(id, 0, result([]));
  t.throws(() => ledger.finishSlice(id, 0, result([])), { code: 'LITHIFY_INTERNAL' });
});

test('an abandoned order names what is to be deleted, also what comes later', (t) => {
  const ledger = new OrderLedger();
  const id = ledger.open(ORDER, SLICES);
  ledger.startSlice(id);
  ledger.startSlice(id);
  ledger.finishSlice(id, 0, result(['a-b']));
  t.deepEqual(
    ledger.abandon(id).map(({ id: blob }) => blob),
    [10],
  );
  t.deepEqual(ledger.leased, []);
  const late = ledger.finishSlice(id, 1, result(['h-k']));
  t.deepEqual(late.kind === 'stale' && late.outputs.map(({ id: blob }) => blob), [10]);
});

test('a move has no slices and is complete at once', (t) => {
  const ledger = new OrderLedger();
  const id = ledger.open({ ...ORDER, move: true });
  t.deepEqual(ledger.slices(id), []);
  t.true(ledger.isComplete(id));
});
