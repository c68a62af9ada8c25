import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

interface Line {
  readonly row: string;
  readonly durability: string;
  readonly subject: string;
  readonly perSecond: number;
  readonly megabytesPerSecond: number;
  readonly cpuMicros: number;
  readonly delayMs: number;
  readonly peakRssBytes: number;
  readonly diskBytes: number;
  readonly ratio: number;
  readonly figures: readonly { readonly name: string; readonly value: number }[];
}

/** Without a PATH there is no db_bench, wherever the spec runs. */
async function bench(...args: string[]) {
  return await promisify(execFile)(process.execPath, ['--conditions=lithify-source', MAIN, ...args], { env: { ...process.env, PATH: '' } });
}

/** Everything, once for all tests. */
async function quickResult(): Promise<{ lines: Line[]; notes: string[] }> {
  const { stdout } = await (quick ??= bench('--quick', '--json'));
  return JSON.parse(stdout);
}

let quick: ReturnType<typeof bench> | undefined;

const PEERS = ['lithify', 'classic-level', 'lmdb'];
const EXPECTED = [
  ...['put', 'batch'].flatMap((row) => ['fsync', 'os'].flatMap((durability) => PEERS.map((subject) => `${row} ${durability} ${subject}`))),
  ...['get', 'getSync', 'scan', 'loop'].flatMap((row) => PEERS.map((subject) => `${row} none ${subject}`)),
  ...['compaction', 'load + compaction'].flatMap((row) => ['lithify', 'classic-level'].map((subject) => `${row} none ${subject}`)),
  'merge alone none lithify',
  ...['ingest', 'sorted batches', 'random batches'].map((row) => `${row} fsync lithify`),
  ...['produce 10', 'produce 100'].flatMap((row) => PEERS.map((subject) => `${row} fsync ${subject}`)),
  ...['produceMany 10', 'produceMany 100'].flatMap((row) =>
    ['fsync', 'os'].flatMap((durability) => PEERS.map((subject) => `${row} ${durability} ${subject}`)),
  ),
  ...['consume', 'consume loop', 'seek offset', 'seek time'].flatMap((row) => PEERS.map((subject) => `${row} none ${subject}`)),
  ...['wake-up fsync', 'wake-up os', 'log compaction fsync', 'keys none', 'nth keys none'].map((row) => `${row} lithify`),
  ...['fsync', 'os'].flatMap((durability) => ['persist 1', 'persist 1000'].map((row) => `${row} ${durability} lithify`)),
  'inspector none lithify',
];

test('a quick bench measures every row for every subject, and every figure is a number', async (t) => {
  t.timeout(600_000);
  const { lines, notes } = await quickResult();
  t.deepEqual(
    lines.map(({ row, durability, subject }) => `${row} ${durability} ${subject}`),
    EXPECTED,
  );
  for (const { row, subject, perSecond, megabytesPerSecond, cpuMicros, delayMs, peakRssBytes, diskBytes, ratio } of lines) {
    for (const figure of [perSecond, megabytesPerSecond, cpuMicros, peakRssBytes, ratio])
      t.true(Number.isFinite(figure) && figure > 0, `${row} ${subject}`);
    for (const figure of [delayMs, diskBytes]) t.true(Number.isFinite(figure) && figure >= 0, `${row} ${subject}`);
    if (subject === 'lithify') t.is(ratio, 1);
  }
  t.regex(notes.join(), /db_bench/, 'it says that RocksDB is left out');
});

test('what is measured beside the speed has its figures, and a burst leaves the newest record of each key', async (t) => {
  t.timeout(600_000);
  const { lines } = await quickResult();
  for (const { row, figures } of lines.filter(({ row }) =>
    ['ingest', 'wake-up', 'log compaction', 'keys', 'nth keys', 'inspector'].includes(row),
  )) {
    t.true(figures.length > 0, row);
    for (const { name, value } of figures) t.true(Number.isFinite(value) && value >= 0, `${row}: ${name}`);
  }
  const left = lines.find(({ row }) => row === 'log compaction')?.figures.find(({ name }) => name === 'records left');
  t.is(left?.value, 1000);
});

test('the result can be had as the tables of the documentation', async (t) => {
  const { stdout } = await bench('--quick', '--markdown', '--only', 'get,wake-up');
  t.regex(stdout, /^\| row \| lithify, per second \| ÷ classic-level \| ÷ lmdb \| ÷ RocksDB \|\n\| --- \|/);
  t.regex(stdout, /^\| get \| [\d,]+ \| [\d.]+ \| [\d.]+ \| – \|$/m);
  t.regex(stdout, /^\| wake-up, fsync \| median \| [\d.]+ ms \|$/m);
});

test('a row that does not exist is wrong usage', async (t) => {
  const error = await t.throwsAsync<Error & { code: number; stderr: string }>(bench('--only', 'puts'));
  t.is(error.code, 2);
  t.regex(error.stderr, /puts.*no such row/);
});
