import type { Command } from 'commander';
import { dbOption, type StoreOptions } from './options.ts';
import { withEngine } from './with-engine.ts';

export function registerPut(program: Command): void {
  program
    .command('put')
    .description('store a value under a key; creates the store if there is none')
    .argument('<key>')
    .argument('<value>')
    .addOption(dbOption())
    .action((key: string, value: string, { db }: StoreOptions) => withEngine(db, {}, (engine) => engine.kv.put(key, value)));
}
