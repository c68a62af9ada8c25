import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type DatabaseOptions, Level } from '../../../index.ts';

/** Runs the suite that abstract-level exports and prints TAP; started by the spec, with a directory and the storage as arguments. */
const require = createRequire(import.meta.url);
// Neither has types; tape is handed to the suite as it is.
const test: { onFinish(run: () => void): void } = require('tape');
const suite: (options: object) => void = require('abstract-level/test');

const [, , root, storage] = process.argv;
const made: Level[] = [];
/**
 * The suite looks at what a database answers, not at what it survives; a thousand stores with memtables of the default size,
 * every write waiting for the disk, would be little else than zeros and waiting.
 */
const OPTIONS: DatabaseOptions<string, string> = {
  ...{ memtableBytes: 1024 * 1024, durability: 'os', compactors: 1 },
  ...(storage === 'memory' && { storage: 'memory' }),
};
/** A test that made so many stores since is over. */
const IN_USE = 50;

function factory(options?: DatabaseOptions<string, string>): Level {
  const db = new Level(join(root, `${made.length}`), { ...options, ...OPTIONS });
  made.push(db);
  const old = made.at(-IN_USE);
  // Meanwhile, because deleting a thousand stores at the end takes as long as a third of the suite.
  if (old?.status === 'closed') rm(old.location, { recursive: true, force: true }).catch(() => undefined);
  return db;
}

suite({ test, factory });
test.onFinish(() => void process.stdout.write(`# stores ${made.length}\n`));
