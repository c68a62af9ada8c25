import type { Command } from 'commander';
import type { CheckpointReport, Engine } from '../index.ts';
import { orPlaceFailure } from './file-failure.ts';
import { bytesText, countText, plural, secondsText } from './format.ts';
import { LoadProgress } from './load-progress.ts';
import { type DataOptions, dbOption, jsonOption, nonEmpty } from './options.ts';
import { print } from './output.ts';
import { EXISTING, withEngine } from './with-engine.ts';

export function registerBackup(program: Command): void {
  program
    .command('backup')
    .description(
      'copy the store into a directory that is empty or not there, checking every block; a process that has it open calls checkpoint() instead',
    )
    .argument('<target>', 'directory of the copy, which is a store itself', nonEmpty)
    .addOption(dbOption())
    .addOption(jsonOption('print the report as JSON'))
    .action((target: string, { db, json }: DataOptions) =>
      withEngine(db, EXISTING, async (engine, signal) => {
        const report = await checkpointWithBar(engine, target, signal, 'backing up');
        await print(json ? JSON.stringify(report) : copiedText(report));
      }),
    );
}

/** A bar on stderr while it goes on, where stderr is a terminal. */
export async function checkpointWithBar(engine: Engine, target: string, signal: AbortSignal, what: string): Promise<CheckpointReport> {
  let progress: LoadProgress | undefined;
  let done = 0;
  try {
    const copied = engine.checkpoint(target, {
      signal,
      onProgress: ({ bytes, totalBytes, blobs }) => {
        progress ??= new LoadProgress(totalBytes, what, 'blobs');
        progress.advance(bytes - done, blobs);
        done = bytes;
      },
    });
    return await orPlaceFailure(copied, target, 'write');
  } finally {
    progress?.stop();
  }
}

export function copiedText({ location, sequence, tables, topics, bytes, ms }: CheckpointReport): string {
  const copied = `${plural(tables, 'table')} and ${plural(topics, 'topic')}, ${bytesText(bytes)}, in ${secondsText(ms)}`;
  return `${location}: ${copied}; everything up to sequence ${countText(sequence)}`;
}
