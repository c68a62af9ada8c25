import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Engine, OpenOptions } from '../index.ts';
import { checkpointWithBar, copiedText } from './backup.ts';
import { CommandFailed, codeOf } from './failure.ts';
import { fileFailure } from './file-failure.ts';
import { plural } from './format.ts';
import { type DataOptions, dbOption, jsonOption, nonEmpty } from './options.ts';
import { print } from './output.ts';
import { EXISTING, withEngine } from './with-engine.ts';

/** A backup is to be read, not to be kept small and fast: as good as nothing is compacted while it is open. */
const AS_IT_IS: OpenOptions = { ...EXISTING, compactors: 1, minorTrigger: 64 };

export function registerRestore(program: Command): void {
  program
    .command('restore')
    .description('check every block of a backup, then copy it into a store that is not there yet; the backup keeps what it holds')
    .argument('<backup>', 'directory of the backup', nonEmpty)
    .addOption(dbOption())
    .addOption(jsonOption('print the report as JSON'))
    .action((backup: string, { db, json }: DataOptions) => restore(backup, db, json === true));
}

async function restore(backup: string, db: string, json: boolean): Promise<void> {
  // Reading a large backup takes long: who cannot have it there should hear so before.
  if (!(await isFree(db)))
    throw new CommandFailed(`there is something in ${db} already; a backup is restored to a directory that is empty or not there`);
  await withEngine(backup, AS_IT_IS, async (engine, signal) => {
    await expectSound(engine, backup);
    const report = await checkpointWithBar(engine, db, signal, 'restoring');
    await print(json ? JSON.stringify(report) : copiedText(report));
  });
}

async function expectSound(engine: Engine, backup: string): Promise<void> {
  const { damage } = await engine.verify();
  const [first] = damage;
  if (first === undefined) return;
  const place = `blob ${first.blobId}${first.block === undefined ? '' : `, block ${first.block}`}`;
  throw new CommandFailed(
    `${plural(damage.length, 'damaged place')} in the backup ${backup}, the first in ${place}: ${first.reason}; nothing was restored`,
  );
}

async function isFree(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    // A file; what is below one is another matter.
    if (codeOf(error) === 'ENOTDIR' && existsSync(directory)) return false;
    throw fileFailure(error, directory, 'write');
  }
}
