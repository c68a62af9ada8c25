import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Engine, importLevel, type LevelImported, LithifyError } from '../index.ts';
import { expectDirectory } from './file-failure.ts';
import { bytesText, entriesText, plural } from './format.ts';
import { LoadProgress } from './load-progress.ts';
import { type DataOptions, dbOption, jsonOption, nonEmpty } from './options.ts';
import { print } from './output.ts';
import { withEngine } from './with-engine.ts';

interface Options extends DataOptions {
  readonly merge?: boolean;
}

const HELP = `
All of it, or nothing: the keys are visible in the store once the command has ended well.
The LevelDB must not be open anywhere. Its data stays as it is; LevelDB itself, as at every opening, brings its
log (*.log) into a table, writes a new MANIFEST and renames LOG to LOG.old. It does not check the checksums of its
tables when they are read.`;

export function registerImportLevel(program: Command): void {
  program
    .command('import-level')
    .description('copy a LevelDB directory (classic-level, level) into an empty store; creates the store if there is none')
    .argument('<dir>', 'directory of the LevelDB', nonEmpty)
    .option('--merge', 'into a store that has keys: equal ones are overwritten')
    .addOption(dbOption())
    .addOption(jsonOption('print what was copied as JSON'))
    .addHelpText('after', HELP)
    .action(importCommand);
}

async function importCommand(directory: string, { db, json, merge }: Options): Promise<void> {
  // Before the store is opened: a mistyped directory must not create one.
  await expectDirectory(directory);
  await access(join(directory, 'CURRENT')).catch((cause: Error) => {
    throw new LithifyError('LITHIFY_NOT_FOUND', `${directory} is not a LevelDB: there is no CURRENT in it.`, { cause });
  });
  const imported = await withEngine(db, {}, (engine) => importAll(engine, directory, merge === true));
  await print(json ? JSON.stringify(imported) : importedText(imported));
}

async function importAll(engine: Engine, directory: string, merge: boolean): Promise<LevelImported> {
  const progress = new LoadProgress(undefined, 'importing', 'keys');
  let seen = 0;
  try {
    return await importLevel(engine, directory, {
      merge,
      onProgress: ({ entries, bytes }) => {
        progress.advance(bytes - seen, entries);
        seen = bytes;
      },
    });
  } finally {
    progress.stop();
  }
}

function importedText({ entries, dataBytes, tables, bytes }: LevelImported): string {
  return `${entriesText(entries)} (${bytesText(dataBytes)}) copied into ${plural(tables, 'table')} of ${bytesText(bytes)}`;
}
