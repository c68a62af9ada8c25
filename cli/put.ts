import type { Command } from 'commander';
import { KEY_FORM, keyBytes } from './key.ts';
import { dbOption, type StoreOptions } from './options.ts';
import { withEngine } from './with-engine.ts';

export function registerPut(program: Command): void {
  program
    .command('put')
    .description('store a value under a key; creates the store if there is none')
    .argument('<key>', KEY_FORM, keyBytes)
    .argument('<value>')
    .addOption(dbOption())
    .action((key: Uint8Array, value: string, { db }: StoreOptions) =>
      withEngine(db, {}, (engine) => engine.kv.put<Uint8Array, string>(key, value, { keyEncoding: 'view' })),
    );
}
