import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseRecorderDump, type RecorderEntry } from '../index.ts';
import { orFileFailure } from './file-failure.ts';
import { jsonOption, nonEmpty } from './options.ts';
import { Output, print } from './output.ts';
import { entryLines, headText } from './recorder-text.ts';

interface RecorderOptions {
  json?: boolean;
  actor?: string;
  kind?: RecorderEntry['kind'];
  type?: string;
  since?: number;
}

export function registerRecorder(program: Command): void {
  program
    .command('recorder')
    .description('print what the flight recorder of an engine wrote into a file')
    .argument('<file>', 'a dump: in `recorder` in the store after a failure, or made by engine.recorder.save()', nonEmpty)
    .addOption(new Option('--actor <name>', 'only what happened in this actor or its children, or was sent by it'))
    .addOption(new Option('--kind <kind>', 'only entries of one kind').choices(['message', 'transition', 'decision', 'event']))
    .addOption(new Option('--type <type>', 'only entries of one type; for transitions also a state that is left or entered'))
    .addOption(new Option('--since <ms>', 'only entries from this time on, as the second column has it').argParser(milliseconds))
    .addOption(jsonOption('print the dump as JSON, with the entries that are left'))
    .action(async (file: string, options: RecorderOptions) => {
      const dump = parseRecorderDump(await orFileFailure(readFile(file, 'utf8'), file, 'read'));
      const entries = dump.entries.filter((entry) => isWanted(entry, options));
      if (options.json) return print(JSON.stringify({ ...dump, entries }));
      const output = new Output();
      output.line(headText(dump));
      if (entries.length === 0) output.line('no such entries');
      for (const line of entryLines(entries)) if (output.line(line)) await output.flush();
      await output.flush();
    });
}

function isWanted(entry: RecorderEntry, { actor, kind, type, since }: RecorderOptions): boolean {
  if (kind !== undefined && entry.kind !== kind) return false;
  if (since !== undefined && entry.atMs < since) return false;
  if (type !== undefined && !typesOf(entry).includes(type)) return false;
  return actor === undefined || isBelow(entry.actor, actor) || isBelow(entry.from, actor);
}

function typesOf({ kind, type }: RecorderEntry): string[] {
  return kind === 'transition' ? [type, ...type.split(' → ').flatMap((states) => states.split(' + '))] : [type];
}

function isBelow(name: string | undefined, actor: string): boolean {
  return name === actor || name?.startsWith(`${actor}/`) === true;
}

function milliseconds(text: string): number {
  const ms = Number(text.replace(/^\+/, ''));
  if (text.trim() === '' || !Number.isFinite(ms) || ms < 0) throw new InvalidArgumentError('It must be a number of milliseconds.');
  return ms;
}
