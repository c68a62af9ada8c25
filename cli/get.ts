import type { Command } from 'commander';
import type { Engine } from '../index.ts';
import { CommandFailed } from './failure.ts';
import { KEY_FORM, keyBytes, keyText } from './key.ts';
import { type DataOptions, dbOption, jsonOption } from './options.ts';
import { Output, print } from './output.ts';
import { formatRecord } from './record.ts';
import { EXISTING, withEngine } from './with-engine.ts';

export function registerGet(program: Command): void {
  program
    .command('get')
    .description('print the value of a key; exit 1 when there is none')
    .argument('<key>', KEY_FORM, keyBytes)
    .addOption(dbOption())
    .addOption(jsonOption('print {"key","value"}'))
    .action((key: Uint8Array, { db, json }: DataOptions) => withEngine(db, EXISTING, (engine) => get(engine, key, json === true)));
}

async function get(engine: Engine, key: Uint8Array, json: boolean): Promise<void> {
  const value = await engine.kv.get<Uint8Array, Uint8Array>(key, { keyEncoding: 'view', valueEncoding: 'view' });
  if (value === undefined) throw new CommandFailed(`no value under ${JSON.stringify(keyText(key))}`);
  if (json) await print(formatRecord(key, value));
  else await new Output().bytes(value);
}
