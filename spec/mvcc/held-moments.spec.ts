import test from 'ava';
import fc from 'fast-check';
import { readAt, Snapshots } from '../../actors/snapshots.ts';

function held(): { snapshots: Snapshots; advanced: () => number } {
  let advanced = 0;
  return { snapshots: new Snapshots({ now: () => 0, whereabouts: undefined, onAdvanced: () => advanced++ }), advanced: () => advanced };
}

test('in any order of holding and releasing, what is held is told ascending and once, and a list that was handed out stays', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.record({ sequence: fc.nat(5), release: fc.option(fc.nat(30)) }), { maxLength: 80, size: 'max' }), (moves) => {
      const { snapshots } = held();
      const holds: ReturnType<Snapshots['hold']>[] = [];
      for (const { sequence, release } of moves) {
        const before = snapshots.sequences;
        const copy = [...before];
        if (release === null) holds.push(snapshots.hold(sequence, 'snapshot'));
        else {
          const [gone] = holds.splice(release % (holds.length || 1), 1);
          gone?.release();
          gone?.release();
        }
        const expected = [...new Set(holds.map((hold) => hold.sequence))].sort((a, b) => a - b);
        t.deepEqual(snapshots.sequences, expected);
        t.deepEqual(before, copy);
        t.is(snapshots.count, holds.length);
        t.is(snapshots.oldest, expected[0]);
        t.is(snapshots.oldestHold()?.sequence, expected[0]);
      }
    }),
  );
});

test('work is looked for when a moment has gone, once for many, and only if somebody had asked meanwhile', async (t) => {
  const { snapshots, advanced } = held();
  const nobodyAsked = snapshots.hold(1, 'iterator');
  nobodyAsked.release();
  await Promise.resolve();
  t.is(advanced(), 0);

  const [first, second, third] = [1, 2, 3].map((sequence) => snapshots.hold(sequence, 'snapshot'));
  t.deepEqual(snapshots.sequences, [1, 2, 3]);
  second.release();
  await Promise.resolve();
  t.is(advanced(), 1, 'also when an older one is held: there may be versions between');
  first.release();
  third.release();
  t.is(advanced(), 1);
  await Promise.resolve();
  t.is(advanced(), 2);

  const early = snapshots.hold(4, 'snapshot');
  t.is(snapshots.oldest, 4);
  const late = snapshots.hold(4, 'iterator');
  early.release();
  late.release();
  await Promise.resolve();
  t.is(advanced(), 3, 'the moment was asked about, whoever held it');

  snapshots.hold(5, 'snapshot');
  t.is(snapshots.oldest, 5);
  const after = snapshots.hold(6, 'iterator');
  after.release();
  await Promise.resolve();
  t.is(advanced(), 3);
});

test('while tables are ahead of what can be read, jobs keep what somebody who began now would see', (t) => {
  t.deepEqual(readAt([], 7, 7), []);
  t.deepEqual(readAt([3], 7, 5), [3]);
  t.deepEqual(readAt([], 7, 8), [7]);
  t.deepEqual(readAt([3], 7, 8), [3, 7]);
  t.deepEqual(readAt([3, 7], 7, 8), [3, 7]);
});
