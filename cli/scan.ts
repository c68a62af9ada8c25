import { type Command, Option } from 'commander';
import type { Engine } from '../index.ts';
import { visibleText } from './format.ts';
import { KEY_FORM, keyBytes, keyText } from './key.ts';
import { type DataOptions, dbOption, jsonOption, wholeNumber } from './options.ts';
import { Output } from './output.ts';
import { formatField, formatRecord } from './record.ts';
import { EXISTING, withEngine } from './with-engine.ts';

export interface ScanOptions extends DataOptions {
  readonly gte?: Uint8Array;
  readonly gt?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly lte?: Uint8Array;
  readonly limit?: number;
  readonly reverse?: boolean;
  readonly keys?: boolean;
  readonly values?: boolean;
}

export function registerScan(program: Command): void {
  program
    .command('scan')
    .description('print entries in the order of their keys, a line each: key, tab, value')
    .addOption(new Option('--gte <key>', `from this key on (${KEY_FORM})`).argParser(keyBytes).conflicts('gt'))
    .option('--gt <key>', 'from behind this key', keyBytes)
    .addOption(new Option('--lte <key>', 'up to and with this key').argParser(keyBytes).conflicts('lt'))
    .option('--lt <key>', 'up to before this key', keyBytes)
    .addOption(new Option('--limit <count>', 'at most so many entries').argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER)))
    .option('--reverse', 'from the last key to the first')
    .addOption(new Option('--keys', 'print keys only').conflicts('values'))
    .option('--values', 'print values only')
    .addOption(dbOption())
    .addOption(jsonOption('print {"key","value"}, a line each'))
    .action((options: ScanOptions) => withEngine(options.db, EXISTING, (engine, signal) => scan(engine, options, signal)));
}

const PAGE = 1000;

async function scan(engine: Engine, options: ScanOptions, signal: AbortSignal): Promise<void> {
  const format = formatOf(options);
  await printEntries(engine, rangeOf(options), format, signal);
}

/** Every entry of the range through `format`, one line each; what an iterator sees does not change under it. */
export async function printEntries(engine: Engine, range: Range, format: Format, signal: AbortSignal): Promise<number> {
  const output = new Output();
  const iterator = engine.kv.iterator<Uint8Array, Uint8Array>({ ...range, keyEncoding: 'view', valueEncoding: 'view' });
  let count = 0;
  try {
    for (let page = await iterator.nextv(PAGE); page.length > 0; page = await iterator.nextv(PAGE)) {
      signal.throwIfAborted();
      for (const [key, value] of page) if (output.line(format(key, value))) await output.flush();
      count += page.length;
    }
    await output.flush();
  } finally {
    await iterator.close();
  }
  return count;
}

export type Format = (key: Uint8Array, value: Uint8Array) => string;

interface Range {
  gte?: Uint8Array;
  gt?: Uint8Array;
  lt?: Uint8Array;
  lte?: Uint8Array;
  limit?: number;
  reverse?: boolean;
}

function rangeOf({ gte, gt, lt, lte, limit, reverse }: ScanOptions): Range {
  return {
    ...(gte !== undefined && { gte }),
    ...(gt !== undefined && { gt }),
    ...(lt !== undefined && { lt }),
    ...(lte !== undefined && { lte }),
    ...(limit !== undefined && { limit }),
    ...(reverse !== undefined && { reverse }),
  };
}

function formatOf({ json, keys, values }: ScanOptions): Format {
  if (keys) return json ? (key) => formatField('key', key) : (key) => visibleText(keyText(key));
  if (values) return json ? (_, value) => formatField('value', value) : (_, value) => visible(value);
  return json ? formatRecord : (key, value) => `${visibleText(keyText(key))}\t${visible(value)}`;
}

function visible(bytes: Uint8Array): string {
  return visibleText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
}
