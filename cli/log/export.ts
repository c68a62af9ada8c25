import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Engine, Topic, Written } from '../../index.ts';
import { CommandFailed } from '../failure.ts';
import { orFileFailure } from '../file-failure.ts';
import { bytesText, plural } from '../format.ts';
import { type DataOptions, dbOption, jsonOption, nonEmpty } from '../options.ts';
import { print } from '../output.ts';
import { EXISTING, withEngine } from '../with-engine.ts';
import { DurableFile, syncDirectory } from './durable-file.ts';
import { existingTopic } from './existing-topic.ts';
import { partitionOption } from './options.ts';
import { type FoundFiles, findFiles, sharersOf } from './streambed-directory.ts';

interface Options extends DataOptions {
  readonly out: string;
  readonly as?: string;
  readonly partition?: number;
  readonly force?: boolean;
}

export function registerLogExport(log: Command): void {
  log
    .command('export')
    .description('write a topic as streambed-logged keeps it: the same bytes, in the file that it appends to')
    .argument('<topic>')
    .requiredOption('--out <dir>', "that system's directory; it is made if it is missing", nonEmpty)
    .option('--as <name>', 'the topic there (default: the same name)')
    .addOption(partitionOption('which one, of a topic that has several'))
    .option('--force', 'take the place of the files that the topic has there')
    .addOption(dbOption())
    .addOption(jsonOption('print what was written as JSON'))
    .action(exportCommand);
}

async function exportCommand(name: string, options: Options): Promise<void> {
  const { db, out, as = name, force, json } = options;
  const files = await findFiles(resolve(out), as);
  await refuseForeign(files, as);
  if (files.found.length > 0 && !force) throw new CommandFailed(`${files.found[0].path} is there; --force takes its place`);
  const written = await withEngine(db, EXISTING, (engine) => exportTopic(engine, name, files, options));
  await print(json ? JSON.stringify(written) : writtenText(written, files));
  if (written.large > 0)
    process.stderr.write(
      `lithify: ${plural(written.large, 'record')} above 16 KiB; that system reads them with a larger max_record_size only\n`,
    );
}

async function exportTopic(engine: Engine, name: string, files: FoundFiles, { partition }: Options): Promise<Written> {
  const topic = existingTopic(engine, name);
  return await writeFiles(topic, partition ?? onlyPartition(topic), files);
}

/**
 * All records go to the file that is appended to. That system reads it as well as a history, repairs it where it does not
 * repair a history, and has one for each topic, where topics that differ after the last dot share a history. Without
 * records there is no file: an empty one makes it begin at offset 1. (log-format.md 2.7, D6, D7, D19.)
 */
async function writeFiles(topic: Topic, partition: number, { active, found }: FoundFiles): Promise<Written> {
  const file = new DurableFile(active);
  const written = await file.fill((write) => topic.export(write, partition));
  const replaced = found.map(({ path }) => path).filter((path) => path !== active || written.records === 0);
  for (const path of replaced) await orFileFailure(rm(path), path, 'write');
  if (written.records > 0) await file.keep();
  else await file.discard();
  if (replaced.length > 0) await syncDirectory(dirname(active));
  return written;
}

function onlyPartition({ name, partitions = 1 }: Topic): number {
  if (partitions === 1) return 0;
  throw new CommandFailed(`topic ${JSON.stringify(name)} has ${partitions} partitions, that system one only; say which by --partition`);
}

const ROLES = /\.(history|ancient_history|work)$/;

/** What is there may be another topic's, and what is written may be taken for another topic's. */
async function refuseForeign(files: FoundFiles, name: string): Promise<void> {
  const other = 'write it under another name, by --as';
  if (ROLES.test(name)) throw new CommandFailed(`that system takes a file ${JSON.stringify(name)} for a part of another topic; ${other}`);
  const history = files.found.find(({ path }) => path !== files.active);
  if (history === undefined) return;
  const sharers = await sharersOf(files);
  if (files.sharesHistory || sharers.length > 0)
    throw new CommandFailed(`${history.path} may hold records of other topics, and would be read as this one's; ${other}`);
}

function writtenText({ records, bytes }: Written, { active }: FoundFiles): string {
  if (records === 0) return 'no records, and so no file';
  return `${plural(records, 'record')} in ${bytesText(bytes)}: ${active}`;
}
