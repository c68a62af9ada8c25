import test from 'ava';
import { type FaultRule, FaultRules, type Operation, Random } from '../../testing/index.ts';

const GET: Operation = { kind: 'get', target: '/store/blobs:42' };
const EIO = { kind: 'error', when: 'before', code: 'EIO' } as const;
const FLIP = { kind: 'flip' } as const;

function append(bytes: number): Operation {
  return { kind: 'append', target: '/store/wal/1.wal', bytes };
}

/** Which of these operations, counted from 1, fail. */
function struck(rules: FaultRules, operations: readonly Operation[]): number[] {
  return operations.flatMap((operation, at) => (rules.due(operation) === undefined ? [] : [at + 1]));
}

function times(count: number, operation: Operation): Operation[] {
  return Array.from({ length: count }, () => operation);
}

function rulesOf(...rules: readonly FaultRule[]): FaultRules {
  return new FaultRules(new Random(1), rules);
}

test('a rule without conditions is for every operation, for ever', (t) => {
  t.deepEqual(struck(rulesOf({ fault: EIO }), times(4, GET)), [1, 2, 3, 4]);
});

test('from the k-th on, so many times', (t) => {
  t.deepEqual(struck(rulesOf({ from: 3, fault: EIO }), times(5, GET)), [3, 4, 5]);
  t.deepEqual(struck(rulesOf({ times: 2, fault: EIO }), times(5, GET)), [1, 2]);
  t.deepEqual(struck(rulesOf({ from: 2, times: 2, fault: EIO }), times(5, GET)), [2, 3]);
});

test('what a rule is not about does not count for it', (t) => {
  const put: Operation = { kind: 'write', target: GET.target };
  const elsewhere: Operation = { kind: 'get', target: '/other' };
  const mixed = [put, GET, elsewhere, GET, put, GET];
  t.deepEqual(struck(rulesOf({ on: 'get', from: 3, fault: EIO }), mixed), [4, 6]);
  t.deepEqual(struck(rulesOf({ prefix: '/store/blobs', from: 2, fault: EIO }), mixed), [2, 4, 5, 6]);
  t.deepEqual(struck(rulesOf({ on: ['get', 'list'], prefix: '/store', from: 2, fault: EIO }), mixed), [4, 6]);
  t.deepEqual(struck(rulesOf({ where: ({ target }) => target === '/other', fault: EIO }), mixed), [3]);
});

test('a probability is that of each operation, and follows from the seed', (t) => {
  const rule: FaultRule = { probability: 0.25, fault: EIO };
  const first = struck(new FaultRules(new Random(7), [rule]), times(4000, GET));
  t.true(first.length > 850 && first.length < 1150, `${first.length} of 4000`);
  t.deepEqual(struck(new FaultRules(new Random(7), [rule]), times(4000, GET)), first);
  t.notDeepEqual(struck(new FaultRules(new Random(8), [rule]), times(4000, GET)), first);
  t.deepEqual(struck(rulesOf({ probability: 0, fault: EIO }), times(100, GET)), []);
  t.is(struck(rulesOf({ probability: 1, fault: EIO }), times(100, GET)).length, 100);
});

test('a probability outside 0 to 1 is refused', (t) => {
  for (const probability of [-0.1, 1.1, Number.NaN]) {
    t.throws(() => rulesOf({ probability, fault: EIO }), { code: 'LITHIFY_INVALID_ARGUMENT' }, String(probability));
  }
});

test('a disk of a size: all that writes more than that fails, and what is refused takes no less room', (t) => {
  const full: FaultRule = { on: 'append', afterBytes: 100, fault: { kind: 'error', when: 'before', code: 'ENOSPC' } };
  t.deepEqual(struck(rulesOf(full), [append(60), GET, append(40), append(1), append(50)]), [4, 5]);
  t.deepEqual(struck(rulesOf(full), [append(101)]), [1]);
});

test('a rule is over when it says so, and may come again', (t) => {
  let isOver = false;
  const rules = rulesOf({ until: () => isOver, fault: EIO });
  t.deepEqual(rules.due(GET), EIO);
  isOver = true;
  t.is(rules.due(GET), undefined);
  isOver = false;
  t.deepEqual(rules.due(GET), EIO);
});

test('the first rule that applies decides, and one behind it has not seen the operation', (t) => {
  const rules = rulesOf({ from: 2, times: 1, fault: EIO }, { from: 2, fault: FLIP });
  t.deepEqual(
    times(4, GET).map((operation) => rules.due(operation)?.kind),
    [undefined, 'error', 'flip', 'flip'],
  );
  t.is(rules.struck, 3);
});

test('rules are added and taken away at any time', (t) => {
  const rules = rulesOf();
  const end = rules.add({ fault: EIO });
  rules.add({ fault: FLIP });
  t.is(rules.due(GET)?.kind, 'error');
  end();
  t.is(rules.due(GET)?.kind, 'flip');
  rules.clear();
  t.is(rules.due(GET), undefined);
});

test('while rules pause nothing fails and nothing is counted', (t) => {
  const rules = rulesOf({ from: 2, fault: EIO });
  t.is(rules.due(GET), undefined);
  rules.pause(true);
  t.deepEqual(struck(rules, times(3, GET)), []);
  rules.pause(false);
  t.deepEqual(struck(rules, times(2, GET)), [1, 2]);
});
