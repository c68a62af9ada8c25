import test from 'ava';
import fc from 'fast-check';
import type { Garbage, Version } from '../../storage/tablet/contract.ts';
import { VersionLeases } from '../../storage/tablet/leases.ts';
import { emptyVersion } from '../../storage/tablet/version.ts';

const version = (number: number): Version => ({ ...emptyVersion(), number });
const blob = (id: number): Garbage => ({ id, blocks: 2, bytes: 10 });
const ids = (blobs: readonly Garbage[]) => blobs.map(({ id }) => id);

function leases() {
  const freed: number[] = [];
  const clock = { now: 0 };
  return {
    freed,
    clock,
    all: new VersionLeases(
      () => clock.now,
      (blobs) => freed.push(...ids(blobs)),
    ),
  };
}

test('garbage that nobody can see is deletable at once, without a word', (t) => {
  const { all, freed } = leases();
  all.retire(blob(1), 2, 5);
  t.deepEqual(ids(all.deletable()), [1]);
  t.deepEqual(freed, []);
});

test('garbage that a lease can see stays until the last such lease goes', (t) => {
  const { all, freed } = leases();
  const [first, second] = [all.acquire(version(4), 'iterator'), all.acquire(version(4), 'get')];
  all.retire(blob(1), 2, 5);
  t.deepEqual(ids(all.pinned()), [1]);
  first.release();
  t.deepEqual(ids(all.deletable()), []);
  second.release();
  t.deepEqual(ids(all.deletable()), [1]);
  t.deepEqual(freed, [1]);
});

test('a lease pins neither what came after it nor what had gone before it', (t) => {
  const { all } = leases();
  all.acquire(version(4), 'iterator');
  all.retire(blob(1), 5, 9);
  all.retire(blob(2), 1, 4);
  all.retire(blob(3), 4, 5);
  t.deepEqual(ids(all.deletable()), [1, 2]);
  t.true(all.isPinned(3));
});

test('outputs that never came into a version are not pinned by anyone', (t) => {
  const { all } = leases();
  all.acquire(version(4), 'iterator');
  all.retire(blob(1), 4, 4);
  t.deepEqual(ids(all.deletable()), [1]);
});

test('releasing twice lets go once', (t) => {
  const { all, freed } = leases();
  const [first, second] = [all.acquire(version(4), 'a'), all.acquire(version(4), 'b')];
  all.retire(blob(1), 2, 5);
  first.release();
  first.release();
  t.deepEqual(freed, []);
  second.release();
  t.deepEqual(freed, [1]);
});

test('leases tell their owner, age and version, and what they pin', (t) => {
  const { all, clock } = leases();
  clock.now = 100;
  all.acquire(version(4), 'iterator 7');
  clock.now = 350;
  all.retire(blob(1), 2, 5);
  t.deepEqual(all.stats(), { leases: [{ owner: 'iterator 7', ageMs: 250, version: 4 }], pinnedBlobs: 1, pinnedBytes: 10 });
});

test('in any order of leases and garbage nothing goes too early, and in the end everything may go', (t) => {
  const step = fc.oneof(fc.constant('acquire'), fc.constant('release'), fc.constant('commit'));
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat()), { maxLength: 60 }), (steps) => {
      const { all, freed } = leases();
      const held: { lease: { release(): void }; sees: Set<number> }[] = [];
      const announced: number[] = [];
      let number = 1;
      let nextId = 1;
      let live = new Map<number, number>();
      for (const [what, pick] of steps) {
        if (what === 'acquire') held.push({ lease: all.acquire(version(number), 'spec'), sees: new Set(live.keys()) });
        if (what === 'release' && held.length > 0) held.splice(pick % held.length, 1)[0].lease.release();
        if (what === 'commit') {
          number++;
          const gone = [...live].filter(([id]) => (id + pick) % 2 === 0);
          live = new Map([...live].filter(([id]) => (id + pick) % 2 !== 0));
          for (const [id, addedAt] of gone) all.retire(blob(id), addedAt, number);
          announced.push(...gone.filter(([id]) => !all.isPinned(id)).map(([id]) => id));
          live.set(nextId++, number);
        }
        const needed = new Set(held.flatMap(({ sees }) => [...sees]));
        for (const { id } of all.deletable()) t.false(needed.has(id) || live.has(id));
        for (const { id } of all.pinned()) t.true(needed.has(id));
      }
      for (const { lease } of held) lease.release();
      const garbage = Array.from({ length: nextId - 1 }, (_, i) => i + 1).filter((id) => !live.has(id));
      t.deepEqual(
        ids(all.deletable()).sort((a, b) => a - b),
        garbage,
      );
      t.deepEqual(
        [...freed, ...announced].sort((a, b) => a - b),
        garbage,
      );
    }),
  );
});
