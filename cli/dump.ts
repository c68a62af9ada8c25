import type { Command } from 'commander';
import { dbOption, type StoreOptions } from './options.ts';
import { formatRecord } from './record.ts';
import { printEntries } from './scan.ts';
import { EXISTING, withEngine } from './with-engine.ts';

export function registerDump(program: Command): void {
  program
    .command('dump')
    .description('print the whole store as NDJSON that `load` takes back; bytes that are no UTF-8 as key64, value64')
    .addOption(dbOption())
    .option('--json', 'accepted for symmetry: a dump is JSON in any case')
    .action(async ({ db }: StoreOptions) => {
      await withEngine(db, EXISTING, (engine, signal) => printEntries(engine, {}, formatRecord, signal));
    });
}
