import type { Command } from 'commander';
import { KEY_FORM, keyBytes } from './key.ts';
import { dbOption, type StoreOptions } from './options.ts';
import { EXISTING, withEngine } from './with-engine.ts';

export function registerDel(program: Command): void {
  program
    .command('del')
    .description('delete a key; one that is not there is fine')
    .argument('<key>', KEY_FORM, keyBytes)
    .addOption(dbOption())
    .action((key: Uint8Array, { db }: StoreOptions) =>
      withEngine(db, EXISTING, (engine) => engine.kv.del<Uint8Array>(key, { keyEncoding: 'view' })),
    );
}
