import test from 'ava';
import fc from 'fast-check';
import { topicFiles } from '../../storage/log/streambed/topic-files.ts';
import { TopicScan } from '../../storage/log/streambed/topic-scan.ts';
import { joinedBytes } from './support/records.ts';
import { everything, fileOf, range, recordWith, scanOf, valueWith } from './support/streambed.ts';

type Files = readonly [ancient: Uint8Array | undefined, history: Uint8Array | undefined, active: Uint8Array | undefined];

const H = fileOf(0, 10);
const A = fileOf(10, 10);
const NEWER = fileOf(20, 5);
/** What a compaction made of H and A: some of both. */
const C = joinedBytes(...[2, 7, 11, 15, 19].map((offset) => recordWith(offset)));
const AFTER_SWAP = [...range(0, 10), 11, 15, 19, ...range(20, 5)];

/** The rows of the table in log-format.md 3.4. */
const STATES: readonly [state: string, files: Files, offsets: number[]][] = [
  ['steady', [undefined, H, A], range(0, 20)],
  ['history renamed', [H, undefined, A], range(0, 20)],
  ['active renamed as well', [H, A, undefined], range(0, 20)],
  ['active renamed and begun anew, or copying', [H, A, NEWER], range(0, 25)],
  ['the first compaction ever', [undefined, A, NEWER], range(10, 15)],
  ['swapped', [H, C, NEWER], AFTER_SWAP],
  ['ancient history deleted', [undefined, C, NEWER], [2, 7, 11, 15, 19, ...range(20, 5)]],
  ['swapped, but power was lost before the new history was written', [H, C.slice(0, 60), NEWER], [...range(0, 10), ...range(20, 5)]],
];

for (const [state, files, offsets] of STATES) {
  test(`${state}: each record once, in order, none lost`, async (t) => {
    const found = await everything(scanAll(files));
    t.deepEqual(found.offsets, offsets);
    t.deepEqual(found.values, offsets.map(valueWith));
  });
}

test('a writer that went on in a file renamed under it loses nothing: offsets interleave', async (t) => {
  const history = joinedBytes(fileOf(0, 3), recordWith(5), recordWith(8));
  const active = joinedBytes(recordWith(3), recordWith(4), recordWith(6));
  t.deepEqual((await everything(scanAll([undefined, history, active]))).offsets, [0, 1, 2, 3, 4, 5, 6, 8]);
});

test('of two different records with one offset the older file wins, and the other is reported', async (t) => {
  const active = joinedBytes(recordWith(2, 'another'), recordWith(3));
  const { values, damage } = await everything(scanAll([undefined, fileOf(0, 3), active]));
  t.deepEqual(values, range(0, 4).map(valueWith));
  t.deepEqual(damage, [
    { file: 'active', offset: 0, bytes: recordWith(2, 'another').length, reason: 'Another record with offset 2 stands in history' },
  ]);
});

test('damage in one file is reported with its name, and the others are read all the same', async (t) => {
  const broken = H.slice();
  broken[5 * recordWith(0).length + 3] ^= 1;
  const { offsets, damage } = await everything(scanAll([broken, A, NEWER]));
  t.deepEqual(
    offsets,
    range(0, 25).filter((offset) => offset !== 5),
  );
  t.like(damage, [{ file: 'ancient', offset: 5 * recordWith(0).length }]);
  t.is(damage.length, 1);
});

test('however records are spread over the files, all of them come, once and ascending', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 300 }),
      async (spread, chunk) => {
        const files = [1, 2, 4].map((bit) => joinedBytes(...spread.flatMap((bits, i) => (bits & bit ? [recordWith(i)] : []))));
        const scan = new TopicScan(files.map((bytes, i) => scanOf(bytes, chunk, `${i}`)));
        t.deepEqual(await everything(scan), { offsets: range(0, spread.length), values: spread.map((_, i) => valueWith(i)), damage: [] });
        const copies = spread.reduce((sum, bits) => sum + (bits & 1) + ((bits >> 1) & 1) + (bits >> 2) - 1, 0);
        t.is(scan.duplicates, copies);
      },
    ),
  );
  t.pass();
});

test("a topic's files are named by Rust's rule for extensions", (t) => {
  const NAMES: readonly [topic: string, stem: string, sharesHistory: boolean][] = [
    ['my-topic', 'my-topic', false],
    ['ns:name', 'ns:name', false],
    ['a.b', 'a', true],
    ['a.b.c', 'a.b', true],
    ['a.', 'a', true],
    ['.hidden', '.hidden', false],
    ['.hidden.b', '.hidden', true],
    ['..a', '.', true],
    ['dir.d/name', 'dir.d/name', false],
    ['dir/.name', 'dir/.name', false],
    ['dir/a.b', 'dir/a', true],
  ];
  for (const [topic, stem, sharesHistory] of NAMES) {
    t.deepEqual(topicFiles('/var/lib/logged/', topic), {
      ancientHistory: `/var/lib/logged/${stem}.ancient_history`,
      history: `/var/lib/logged/${stem}.history`,
      active: `/var/lib/logged/${topic}`,
      sharesHistory,
    });
  }
});

test('a topic that is no file in the directory is refused', (t) => {
  for (const topic of ['', '.', '..', '/etc/passwd', '../other', 'a/../../b', 'a/', 'a/.', 'a\0b']) {
    t.throws(() => topicFiles('/d', topic), { code: 'LITHIFY_INVALID_ARGUMENT' }, topic);
  }
});

function scanAll(files: Files): TopicScan {
  const names = ['ancient', 'history', 'active'];
  return new TopicScan(files.flatMap((bytes, i) => (bytes === undefined ? [] : [scanOf(bytes, 100, names[i])])));
}
