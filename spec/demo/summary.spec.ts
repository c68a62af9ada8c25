import { readdirSync } from 'node:fs';
import test from 'ava';
import type { Summary } from '../../cli/demo/summary.ts';
import { freshDirectory, freshLocation, lithify } from '../support/cli.ts';

const small = ['--writes', '20000', '--keys', '2000', '--memtable-bytes', '262144', '--seed', '7'];

test('a demo verifies every key, says what it measured, and leaves nothing behind', async (t) => {
  const temporary = await freshDirectory(t);
  const { code, stdout, stderr } = await lithify(['demo', ...small, '--json'], { env: { TMPDIR: temporary } });
  t.is(code, 0, stderr);
  const summary: Summary = JSON.parse(stdout);
  t.like(summary, {
    ok: true,
    kept: false,
    durability: 'fsync',
    workload: { seed: 7, writes: 20_000, keys: 2000, valueBytes: 100, batch: 1000 },
  });
  t.like(summary.findings, { gets: 2000, scanned: summary.liveKeys, missing: 0, wrong: 0, unexpected: 0 });
  t.true(summary.liveKeys > 1500 && summary.liveKeys <= 2000);
  t.true(summary.compactions.flush > 0 && summary.compactions.major > 0, JSON.stringify(summary.compactions));
  t.true(summary.writeAmplification > 1);
  t.true(summary.bytesOnDisk.after < summary.bytesOnDisk.before && summary.bytesOnDisk.after >= summary.liveBytes);
  for (const figure of [
    summary.writesPerSecond,
    summary.peakRssBytes,
    summary.messageLatency.medianMs,
    summary.totalMs,
    summary.phaseMs.writing,
  ]) {
    t.true(figure > 0);
  }
  t.deepEqual(readdirSync(temporary), []);
});

test('a demo in a directory of its own keeps the store, tells for people, and never writes into one that is there', async (t) => {
  const db = await freshLocation(t);
  const { code, stdout, stderr } = await lithify(['demo', ...small, '--db', db]);
  t.is(code, 0, stderr);
  for (const row of [
    'writes/s',
    'bytes on disk',
    'write amplification',
    'compactions',
    'event loop',
    'peak memory',
    'idle engine answers',
    'every key as acknowledged',
  ]) {
    t.true(stdout.includes(row), row);
  }
  t.regex(stderr, /^writing: /m);
  const again = await lithify(['demo', ...small, '--db', db]);
  t.is(again.code, 1);
  t.regex(again.stderr, /lithify: LITHIFY_EXISTS: .+\n$/);
  t.is((await lithify(['verify', '--db', db])).code, 0);
});
