import type { Command } from 'commander';
import { dbOption, type StoreOptions } from './options.ts';
import { EXISTING, withEngine } from './with-engine.ts';

export function registerDel(program: Command): void {
  program
    .command('del')
    .description('delete a key; one that is not there is fine')
    .argument('<key>')
    .addOption(dbOption())
    .action((key: string, { db }: StoreOptions) => withEngine(db, EXISTING, (engine) => engine.kv.del(key)));
}
