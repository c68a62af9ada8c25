import test from 'ava';
import { Step } from '../../storage/merge/cursor.ts';
import { filled, rest } from './model.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const one = new Uint8Array([1]);
const keysOf = (versions: readonly { key: Uint8Array }[]): string[] => versions.map(({ key }) => new TextDecoder().decode(key));
const { memtable } = filled([['k10', 'k20', 'k30', 'k40', 'k50'].map((key) => [bytes(key), one] as const)]);

test('seeking beyond the last key ends at once, below the first key begins there', (t) => {
  for (const target of ['k51', 'k50\0', 'l', 'zzzzzz']) {
    const forward = memtable.cursor();
    forward.seek(bytes(target));
    t.is(forward.step(), Step.end, target);
    t.is(forward.step(), Step.end, 'and stays there');
    const backward = memtable.cursor({ reverse: true });
    backward.seek(bytes(target));
    t.is(keysOf(rest(backward))[0], 'k50');
  }
  for (const target of ['', 'a', 'k', 'k1', 'k09']) {
    const forward = memtable.cursor();
    forward.seek(bytes(target));
    t.is(keysOf(rest(forward)).length, 5, target);
    const backward = memtable.cursor({ reverse: true });
    backward.seek(bytes(target));
    t.is(backward.step(), Step.end, target);
  }
});

test('the upper bound is exclusive, whether or not its key is there', (t) => {
  t.deepEqual(keysOf(rest(memtable.cursor({ lt: bytes('k40') }))), ['k10', 'k20', 'k30']);
  t.deepEqual(keysOf(rest(memtable.cursor({ lt: bytes('k35') }))), ['k10', 'k20', 'k30']);
  t.is(rest(memtable.cursor({ lt: bytes('k99') })).length, 5);
  t.deepEqual(keysOf(rest(memtable.cursor({ lt: bytes('k40'), reverse: true }))), ['k30', 'k20', 'k10']);
});

test('the lower bound is inclusive, in both directions', (t) => {
  t.deepEqual(keysOf(rest(memtable.cursor({ gte: bytes('k30') }))), ['k30', 'k40', 'k50']);
  t.deepEqual(keysOf(rest(memtable.cursor({ gte: bytes('k30'), reverse: true }))), ['k50', 'k40', 'k30']);
  t.deepEqual(rest(memtable.cursor({ gte: bytes('k60') })), []);
  t.deepEqual(rest(memtable.cursor({ gte: bytes('k60'), reverse: true })), []);
});

test('bounds that are equal or crossed hold nothing, also after a seek', (t) => {
  for (const [gte, lt] of [
    ['k30', 'k30'],
    ['k40', 'k20'],
    ['z', 'a'],
  ]) {
    for (const reverse of [false, true]) {
      const cursor = memtable.cursor({ gte: bytes(gte), lt: bytes(lt), reverse });
      t.is(cursor.step(), Step.end);
      cursor.seek(bytes('k30'));
      t.is(cursor.step(), Step.end);
    }
  }
});

test('an empty memtable has nothing to give and does not mind being asked', (t) => {
  const { memtable: empty } = filled([]);
  t.is(empty.get(bytes('k'), 9), undefined);
  t.is(empty.get(new Uint8Array(0), 9), undefined);
  for (const reverse of [false, true]) {
    const cursor = empty.cursor({ reverse });
    cursor.seek(bytes('k'));
    t.is(cursor.step(), Step.end);
    t.is(empty.cursor({ gte: bytes('a'), lt: bytes('b'), reverse }).step(), Step.end);
  }
  t.like(empty, { entries: 0, bytes: 0, firstSequence: 0, lastSequence: 0 });
});
