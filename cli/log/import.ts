import type { Command } from 'commander';
import type { DamagedStretch, Engine, Imported } from '../../index.ts';
import { CommandFailed } from '../failure.ts';
import { expectDirectory } from '../file-failure.ts';
import { bytesText, countText, plural } from '../format.ts';
import { LoadProgress } from '../load-progress.ts';
import { type DataOptions, dbOption, jsonOption, nonEmpty } from '../options.ts';
import { print } from '../output.ts';
import { withEngine } from '../with-engine.ts';
import { type FoundFiles, findFiles, streambedFile } from './streambed-directory.ts';

interface Options extends DataOptions {
  readonly topic: string;
  readonly as?: string;
  readonly skipDamaged?: boolean;
}

export function registerLogImport(log: Command): void {
  log
    .command('import')
    .description('take over a topic of streambed-logged, with its offsets and times; creates the store if there is none')
    .argument('<dir>', "that system's directory", nonEmpty)
    .requiredOption('--topic <name>', 'the topic there')
    .option('--as <name>', 'the topic here (default: the same name)')
    .option('--skip-damaged', 'damage, which is reported in any case, is no failure')
    .addOption(dbOption())
    .addOption(jsonOption('print what was taken over as JSON'))
    .action(importCommand);
}

async function importCommand(directory: string, options: Options): Promise<void> {
  // Before the store is opened: a mistyped directory must not create one.
  await expectDirectory(directory);
  const files = await findFiles(directory, options.topic);
  if (files.found.length === 0) throw new CommandFailed(`no files of topic ${JSON.stringify(options.topic)} in ${directory}`);
  const imported = await withEngine(options.db, {}, (engine) => importFiles(engine, files, options));
  await print(options.json ? JSON.stringify(imported) : importedText(imported));
  const { damaged } = imported;
  if (damaged === 0 || options.skipDamaged) return;
  throw new CommandFailed(`${plural(damaged, 'damaged stretch', 'damaged stretches')}; every good record was taken over`);
}

async function importFiles(engine: Engine, { found, sharesHistory, active }: FoundFiles, { topic, as }: Options): Promise<Imported> {
  const size = found.reduce((sum, file) => sum + file.size, 0);
  const progress = new LoadProgress(size, 'importing', 'damaged stretches');
  let damaged = 0;
  const files = found.map(({ path }) => streambedFile(path, (bytes) => progress.advance(bytes, damaged)));
  if (sharesHistory && found.some(({ path }) => path !== active)) progress.say(SHARED);
  try {
    return await engine.topic(as ?? topic).import(files, {
      onDamage: (stretch) => {
        damaged++;
        progress.say(`lithify: ${damageText(stretch)}`);
      },
    });
  } finally {
    progress.stop();
  }
}

const SHARED =
  'lithify: that system keeps one history for all topics with the same name up to the last dot; it may hold records of others than this one';

function damageText({ file, offset, bytes, reason }: DamagedStretch): string {
  // Some reasons are made to go on with a place.
  return `${file}: ${plural(bytes, 'byte')} at ${offset}: ${reason.replace(/,$/, '')}`;
}

function importedText({ records, bytes, first, last, duplicates }: Imported): string {
  const range = first === undefined || last === undefined ? '' : `, offsets ${countText(first)} to ${countText(last)}`;
  const twice = duplicates === 0 ? '' : `; ${countText(duplicates)} stood there twice`;
  return `${plural(records, 'record')} in ${bytesText(bytes)}${range}${twice}`;
}
