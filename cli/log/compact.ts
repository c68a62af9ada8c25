import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command, Option } from 'commander';
import { type CompactionOptions, type Engine, keyBasedRetention, nthKeyBasedRetention, type TopicInfo } from '../../index.ts';
import { bytesText, countText, plural } from '../format.ts';
import { type DataOptions, dbOption, jsonOption, nonEmpty, wholeNumber } from '../options.ts';
import { print } from '../output.ts';
import { EXISTING, withEngine } from '../with-engine.ts';
import { existingTopic } from './existing-topic.ts';
import { durationOption } from './options.ts';

interface Options extends DataOptions {
  readonly strategy?: 'key' | 'nth';
  readonly maxKeys?: number;
  readonly n?: number;
  readonly tombstones?: 'empty-value';
  readonly tombstoneDelay?: number;
  readonly module?: string;
  readonly export?: string;
  readonly maxAge?: number;
  readonly maxBytes?: number;
}

export function registerLogCompact(log: Command): void {
  log
    .command('compact')
    .description('compact a topic now: keep what a strategy and the rules of age and size say')
    .argument('<topic>')
    .addOption(new Option('--strategy <kind>', 'key: the newest record of each key; nth: the newest n').choices(['key', 'nth']))
    .addOption(number('--max-keys <count>', 'distinct keys in memory at once; with more it takes several passes'))
    .addOption(number('--n <count>', 'records of a key that stay, for nth'))
    .addOption(new Option('--tombstones <kind>', 'which records say that their key is deleted').choices(['empty-value']))
    .addOption(durationOption('--tombstone-delay <time>', 'how long they stay (default: a day)'))
    .addOption(
      new Option('--module <url or path>', 'a strategy of your own, in an ES module')
        .argParser(nonEmpty)
        .conflicts(['strategy', 'maxKeys', 'n', 'tombstones']),
    )
    .option('--export <name>', 'of that module (default: default)')
    .addOption(durationOption('--max-age <time>', 'older records go'))
    .addOption(number('--max-bytes <count>', 'the oldest records above this go'))
    .addOption(dbOption())
    .addOption(jsonOption('print {"before","after"}'))
    .action((name: string, options: Options, command: Command) => {
      const wrong = wrongUsage(options);
      if (wrong !== undefined) return command.error(`error: ${wrong}`);
      return withEngine(options.db, EXISTING, (engine) => compact(engine, name, options));
    });
}

function number(flags: string, description: string): Option {
  return new Option(flags, description).argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER));
}

function wrongUsage({ strategy, maxKeys, n, tombstones, module, export: name, maxAge, maxBytes }: Options): string | undefined {
  const rules = [strategy, module, maxAge, maxBytes];
  if (rules.every((rule) => rule === undefined)) return "say what is kept, by '--strategy', '--module', '--max-age' or '--max-bytes'";
  if ((strategy === undefined) !== (maxKeys === undefined)) return "options '--strategy <kind>' and '--max-keys <count>' need each other";
  if ((strategy === 'nth') !== (n !== undefined)) return "option '--n <count>' belongs to '--strategy nth', which needs it";
  if (tombstones !== undefined && strategy === undefined) return "option '--tombstones <kind>' needs a '--strategy <kind>'";
  if (name !== undefined && module === undefined) return "option '--export <name>' needs a '--module <url or path>'";
  return undefined;
}

async function compact(engine: Engine, name: string, options: Options): Promise<void> {
  const topic = existingTopic(engine, name);
  const before = sizeIn(engine.topics(), name);
  topic.register(compactionOf(options));
  await topic.compact();
  const after = sizeIn(engine.topics(), name);
  await print(options.json ? JSON.stringify({ before, after }) : `${sizeText(before)} became ${sizeText(after)}`);
}

interface Size {
  readonly records: number;
  readonly bytes: number;
}

function sizeIn(topics: readonly TopicInfo[], wanted: string): Size {
  const { records = 0, bytes = 0 } = topics.find(({ name }) => name === wanted) ?? {};
  return { records, bytes };
}

function sizeText({ records, bytes }: Size): string {
  return `${plural(records, 'record')} in ${bytesText(bytes)}${bytes < 1024 ? '' : ` (${countText(bytes)})`}`;
}

function compactionOf(options: Options): CompactionOptions {
  const { maxAge, maxBytes, tombstoneDelay } = options;
  const strategy = strategyOf(options);
  return {
    ...(strategy !== undefined && { strategy }),
    ...(maxAge !== undefined && { maxAgeMs: Math.ceil(maxAge) }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(tombstoneDelay !== undefined && { tombstoneDelayMs: Math.ceil(tombstoneDelay) }),
  };
}

function strategyOf({ strategy, maxKeys = 0, n = 0, tombstones, module, export: name }: Options): unknown {
  if (module !== undefined) return { module: urlOf(module), ...(name !== undefined && { export: name }) };
  const options = tombstones === undefined ? {} : { tombstone: tombstones };
  if (strategy === 'nth') return nthKeyBasedRetention(maxKeys, n, options);
  return strategy === 'key' ? keyBasedRetention(maxKeys, options) : undefined;
}

/** A scheme has two letters at least: with one it is a drive. */
function urlOf(module: string): string {
  return /^[a-z][a-z\d+.-]+:/i.test(module) ? module : pathToFileURL(resolve(module)).href;
}
