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
}

/** Without a PATH there is no db_bench, wherever the spec runs. */
async function bench(...args: string[]) {
  return await promisify(execFile)(process.execPath, ['--conditions=lithify-source', MAIN, ...args], { env: { ...process.env, PATH: '' } });
}

const PEERS = ['lithify', 'classic-level', 'lmdb'];
const EXPECTED = [
  ...['put', 'batch'].flatMap((row) => ['fsync', 'os'].flatMap((durability) => PEERS.map((subject) => `${row} ${durability} ${subject}`))),
  ...['get', 'getSync', 'scan', 'loop'].flatMap((row) => PEERS.map((subject) => `${row} none ${subject}`)),
  ...['compaction', 'load + compaction'].flatMap((row) => ['lithify', 'classic-level'].map((subject) => `${row} none ${subject}`)),
  'merge alone none lithify',
];

test('a quick bench measures every row for every subject, and every figure is a number', async (t) => {
  t.timeout(180_000);
  const { stdout } = await bench('--quick', '--json');
  const { lines, notes } = JSON.parse(stdout) as { lines: Line[]; notes: string[] };
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

test('a row that does not exist is wrong usage', async (t) => {
  const error = await t.throwsAsync<Error & { code: number; stderr: string }>(bench('--only', 'puts'));
  t.is(error.code, 2);
  t.regex(error.stderr, /puts.*no such row/);
});
