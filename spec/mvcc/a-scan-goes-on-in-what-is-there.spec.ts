import test from 'ava';
import fc from 'fast-check';
import type { Scan } from '../../actors/scan.ts';
import { compareBytes } from '../../storage/entry.ts';
import { next, nextSync, Step } from '../../storage/merge/cursor.ts';
import { anyKey, current, type Entry, put, show, text } from '../support/tables.ts';
import { Shelf } from './support/shelf.ts';

// An iterator that nobody calls must keep neither memtables nor blobs, and must see its moment all the same.

const pairs = fc.array(fc.record({ key: anyKey, value: fc.option(fc.uint8Array({ maxLength: 12 }), { nil: undefined, freq: 4 }) }), {
  maxLength: 30,
});
const bounds = fc
  .record({ gte: fc.option(anyKey, { nil: undefined }), lt: fc.option(anyKey, { nil: undefined }), reverse: fc.boolean() })
  .map(({ gte, lt, reverse }) => ({ reverse, ...(gte && { gte }), ...(lt && { lt }) }));
type Bounds = typeof bounds extends fc.Arbitrary<infer B> ? B : never;

const anyMove = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('step', 'step', 'step sync', 'step while it is compacted', 'try', 'fill', 'fail') },
  { weight: 4, arbitrary: fc.constantFrom('seal', 'flush', 'compact', 'move', 'leave') },
  { weight: 2, arbitrary: pairs },
  { weight: 2, arbitrary: anyKey.map((target) => ({ target })) },
);

test('whatever becomes of tables and memtables between its steps, and in them, a scan gives the entries of its moment', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(pairs, { minLength: 1, maxLength: 4 }),
      bounds,
      fc.array(anyMove, { size: 'max', maxLength: 60 }),
      async (before, range, moves) => {
        const shelf = new Shelf();
        const history: Entry[] = [];
        const write = (batch: readonly Omit<Entry, 'seq'>[]) => {
          for (const [at, pair] of batch.entries()) history.push({ ...pair, seq: shelf.lastSequence + 1 + at });
          shelf.write(batch);
        };
        for (const batch of before) {
          write(batch);
          shelf.seal();
          if (batch.length % 2 === 0) await shelf.flush();
        }
        const scan = shelf.open(range);
        const expected = new Expected(history, range);
        /** What it stands on. */
        let on: Entry | undefined;
        for (const move of moves) {
          if (Array.isArray(move)) write(move);
          else if (typeof move === 'object') {
            on = undefined;
            scan.seek(move.target);
            expected.seek(move.target);
          } else if (move === 'seal') shelf.seal();
          else if (move === 'flush') await shelf.flush();
          else if (move === 'compact') await shelf.compact();
          else if (move === 'move') shelf.move();
          else if (move === 'leave') shelf.scans.leaveAll();
          else if (move === 'fail') await failOnce(shelf, scan);
          else if (move === 'fill') await fillBeside(shelf, scan);
          else {
            const step = await STEPS[move](scan, shelf);
            on = step === Step.needsBlock ? undefined : expected.next();
            if (step !== Step.needsBlock) equal(step === Step.entry, on !== undefined);
          }
          if (on !== undefined) equal(show(current(scan)), show(on));
        }
        scan.release();
        await shelf.compact();
        equal([shelf.snapshots.count, shelf.leases.stats().leases, shelf.leases.stats().pinnedBlobs], [0, [], 0]);
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});

/** Thrown, so that the history is made shorter. */
function equal(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

const STEPS = {
  try: async (scan: Scan) => scan.step(),
  step: async (scan: Scan) => ((await next(scan)) ? Step.entry : Step.end),
  'step sync': async (scan: Scan) => (nextSync(scan) ? Step.entry : Step.end),
  'step while it is compacted': stepBeside,
};

/** The next entry, with a compaction under every fill; never more of them than a scan can need. */
async function stepBeside(scan: Scan, shelf: Shelf): Promise<Step> {
  for (let fills = 0; fills < 100; fills++) {
    const step = scan.step();
    if (step !== Step.needsBlock) return step;
    await fillBeside(shelf, scan);
  }
  throw new Error('it never comes to an entry');
}

async function fillBeside(shelf: Shelf, scan: Scan): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  shelf.gate = promise;
  const filled = scan.fill();
  shelf.scans.leaveAll();
  await shelf.compact();
  shelf.gate = undefined;
  resolve();
  await filled;
}

/** A fill that fails, with a compaction under it, if the next step needs one. */
async function failOnce(shelf: Shelf, scan: Scan): Promise<void> {
  shelf.bench.blobs.before = (operation) => {
    if (operation === 'read') throw new Error('no block today');
  };
  await Promise.all([scan.fill().catch(() => undefined), shelf.compact()]);
  shelf.bench.blobs.before = () => {};
}

/** The scan, told slowly. */
class Expected {
  readonly #entries: readonly Entry[];
  readonly #reverse: boolean;
  #left: readonly Entry[];

  constructor(history: readonly Entry[], { gte, lt, reverse }: Bounds & { gte?: Uint8Array; lt?: Uint8Array }) {
    const newest = new Map(history.map((entry) => [entry.key.join(), entry]));
    const visible = [...newest.values()].filter(({ value }) => value !== undefined).sort((a, b) => compareBytes(a.key, b.key));
    const inside = visible.filter(({ key }) => (!gte || compareBytes(key, gte) >= 0) && (!lt || compareBytes(key, lt) < 0));
    this.#entries = reverse ? inside.reverse() : inside;
    this.#reverse = reverse;
    this.#left = this.#entries;
  }

  next(): Entry | undefined {
    const [first, ...rest] = this.#left;
    this.#left = rest;
    return first;
  }

  seek(target: Uint8Array): void {
    this.#left = this.#entries.filter(({ key }) => compareBytes(key, target) * (this.#reverse ? -1 : 1) >= 0);
  }
}

function entry(key: string, seq = 0): Entry {
  return put(key, seq, 'v');
}

/** Twenty keys in a few tables, and as many in a memtable. */
async function filled(): Promise<Shelf> {
  const shelf = new Shelf();
  shelf.write(Array.from({ length: 20 }, (_, i) => entry(`a${i + 10}`)));
  shelf.seal();
  await shelf.flush();
  await shelf.compact();
  shelf.write(Array.from({ length: 20 }, (_, i) => entry(`b${i + 10}`)));
  return shelf;
}

test('what is being read stays until it has been read, and goes then', async (t) => {
  const shelf = await filled();
  const scan = shelf.open();
  const { promise, resolve } = Promise.withResolvers<void>();
  shelf.gate = promise;
  t.is(scan.step(), Step.needsBlock);
  const fill = scan.fill();
  await shelf.compact();
  t.is(shelf.leases.stats().leases.length, 1);
  t.true(shelf.leases.stats().pinnedBlobs > 0);
  resolve();
  await fill;
  t.deepEqual([shelf.leases.stats().leases, shelf.leases.stats().pinnedBlobs], [[], 0]);
  t.is(scan.step(), Step.entry);
  t.is(show(current(scan)), show(entry('a10', 1)));
  t.true(await next(scan));
  t.is(show(current(scan)), show(entry('a11', 2)));
});

test('a fill that failed lets go too, and the next one reads what is there by then', async (t) => {
  const shelf = await filled();
  const scan = shelf.open({ gte: text('a15') });
  t.is(scan.step(), Step.needsBlock);
  shelf.bench.blobs.before = () => {
    throw new Error('no block today');
  };
  const fill = scan.fill();
  shelf.scans.leaveAll();
  await t.throwsAsync(fill, { message: 'no block today' });
  t.deepEqual(shelf.leases.stats().leases, []);
  shelf.bench.blobs.before = () => {};
  await shelf.compact();
  t.true(await next(scan));
  t.is(show(current(scan)), show(entry('a15', 6)));
});

test('the entry that it stands on stays readable, at the cost of that entry', async (t) => {
  const shelf = await filled();
  const scan = shelf.open({ gte: text('b12'), reverse: false });
  t.true(await next(scan));
  shelf.seal();
  await shelf.flush();
  t.deepEqual(shelf.leases.stats().leases, []);
  t.is(show(current(scan)), show(entry('b12', 23)));
  t.true(scan.bytes.buffer.byteLength <= 2 * 'b12v'.length, `${scan.bytes.buffer.byteLength} bytes`);
  t.true(nextSync(scan));
  t.is(show(current(scan)), show(entry('b13', 24)));
});

test('it goes on in the same view while nothing of it is replaced', async (t) => {
  const shelf = await filled();
  const scan = shelf.open();
  for (let i = 0; i < 5; i++) t.true(await next(scan));
  shelf.move();
  shelf.seal();
  shelf.write([entry('c')]);
  t.true(await next(scan));
  t.is(shelf.anchored, 1);
  // The memtable that it reads: now it has to.
  await shelf.flush();
  t.deepEqual(shelf.leases.stats().leases, []);
  for (let i = 0; i < 34; i++) t.true(await next(scan));
  t.false(await next(scan));
  t.is(shelf.anchored, 2);
  // One that came later is none of its business.
  shelf.seal();
  await shelf.flush();
  t.is(shelf.leases.stats().leases.length, 1);
});

test('at its end it is at its end, wherever the entries are by now, until it is sent elsewhere', async (t) => {
  for (const reverse of [false, true]) {
    const shelf = await filled();
    const scan = shelf.open({ lt: text('a13'), reverse });
    while (await next(scan));
    await shelf.compact();
    const views = shelf.anchored;
    t.is(scan.step(), Step.end);
    t.is(shelf.anchored, views);
    scan.seek(text('a11'));
    t.true(await next(scan));
    t.is(show(current(scan)), show(entry('a11', 2)));
  }
});

test('released twice, or while it reads, it lets go once and gives nothing any more', async (t) => {
  const shelf = await filled();
  const scan = shelf.open();
  const other = shelf.open();
  t.is(scan.step(), Step.needsBlock);
  const fill = scan.fill();
  scan.release();
  scan.release();
  t.is(shelf.snapshots.count, 1);
  t.is(shelf.leases.stats().leases.length, 2);
  await fill;
  t.is(shelf.leases.stats().leases.length, 1);
  t.is(scan.step(), Step.end);
  scan.seek(text('a12'));
  t.is(scan.step(), Step.end);
  await shelf.compact();
  other.release();
  t.is(other.step(), Step.end);
  t.is(shelf.leases.stats().leases.length, 0);
  t.is(shelf.snapshots.count, 0);
});

test('bounds are as they were when it was opened, whatever becomes of the bytes that they were given in', async (t) => {
  const shelf = await filled();
  const [gte, lt, target] = ['a12', 'a14', 'a13'].map((key) => Buffer.from(key));
  const scan = shelf.open({ gte, lt });
  scan.seek(target);
  for (const bytes of [gte, lt, target]) bytes.fill(0);
  await shelf.compact();
  t.true(await next(scan));
  t.is(show(current(scan)), show(entry('a13', 4)));
  t.false(await next(scan));
  scan.seek(text('a'));
  t.true(await next(scan));
  t.is(show(current(scan)), show(entry('a12', 3)));
});
