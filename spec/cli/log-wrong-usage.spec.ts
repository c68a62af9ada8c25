import { existsSync } from 'node:fs';
import test from 'ava';
import { runCommandLine } from '../../cli/program.ts';
import { freshLocation } from '../support/cli.ts';

const WRONG: readonly string[][] = [
  [],
  ['tail'],
  ['produce', '--partitions', '0'],
  ['subscribe'],
  ['subscribe', 't', '--commit'],
  ['subscribe', 't', '--offset', 't,1'],
  ['subscribe', 't', '--offset', 't,0,x'],
  ['subscribe', 't', '--idle-timeout', '5'],
  ['subscribe', 't', '--from', 'yesterday'],
  ['subscribe', 't', '--from', '2023-02-30'],
  ['offsets'],
  ['compact', 't'],
  ['compact', 't', '--strategy', 'key'],
  ['compact', 't', '--strategy', 'first', '--max-keys', '1'],
  ['compact', 't', '--strategy', 'key', '--max-keys', '0'],
  ['compact', 't', '--strategy', 'nth', '--max-keys', '1'],
  ['compact', 't', '--strategy', 'key', '--max-keys', '1', '--n', '1'],
  ['compact', 't', '--max-age', '1d', '--tombstones', 'empty-value'],
  ['compact', 't', '--module', 'm.js', '--strategy', 'key', '--max-keys', '1'],
  ['compact', 't', '--max-age', '1d', '--export', 'x'],
  ['import', 'dir'],
  ['export', 't'],
];

test.serial('wrong usage exits 2, and makes no store', async (t) => {
  const db = await freshLocation(t);
  const write = process.stderr.write;
  t.teardown(() => {
    process.stderr.write = write;
  });
  process.stderr.write = () => true;
  // Each run listens to it once, as one process has one run.
  process.stderr.setMaxListeners(0);
  for (const args of WRONG) t.is(await runCommandLine(['log', ...args, ...(args.length > 1 ? ['--db', db] : [])]), 2, args.join(' '));
  t.false(existsSync(db));
});
