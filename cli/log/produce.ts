import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { Engine } from '../../index.ts';
import { plural } from '../format.ts';
import { isBlank, LineSplitter } from '../lines.ts';
import { LoadProgress } from '../load-progress.ts';
import { type DataOptions, dbOption, jsonOption, nonEmpty } from '../options.ts';
import { print } from '../output.ts';
import { sizeOf, sourceOf } from '../source.ts';
import { withEngine } from '../with-engine.ts';
import { addFormOptions, type FormOptions, formOf, partitionsOption } from './options.ts';
import { RecordBatches } from './record-batches.ts';

interface ProduceOptions extends DataOptions, FormOptions {
  readonly topic?: string;
  readonly partitions?: number;
}

export function registerLogProduce(log: Command): void {
  const command = log
    .command('produce')
    .description(
      'append records, a JSON line each: topic, headers (or null), timestamp, key, value in Base64, partition; makes what is missing',
    )
    .argument('[file]', 'default, or -: stdin', nonEmpty)
    .option('--topic <name>', 'where the records go, whatever they say; they need not say any then')
    .addOption(partitionsOption('of a topic that is made'));
  addFormOptions(command)
    .addOption(dbOption())
    .addOption(jsonOption('print {"offset"} for each record once it is stored'))
    .action((file: string | undefined, options: ProduceOptions) => produceCommand(file === '-' ? undefined : file, options));
}

/**
 * A line has no limit of its own: what is longer than this holds no record that any topic takes, however it is written
 * down, and would not fit into a JavaScript string.
 */
const LONGEST_LINE = 2 ** 29 - 25;

async function produceCommand(file: string | undefined, options: ProduceOptions): Promise<void> {
  // Before the store is opened: a mistyped file name must not create one.
  const size = file === undefined ? undefined : await sizeOf(file);
  const count = await withEngine(options.db, {}, (engine, signal) => produce(engine, sourceOf(file, signal), size, options));
  if (!options.json) await print(plural(count, 'record'));
}

async function produce(engine: Engine, source: Readable, size: number | undefined, options: ProduceOptions): Promise<number> {
  const batches = new RecordBatches(engine, { ...options, form: formOf(options) });
  const progress = new LoadProgress(size, 'producing');
  const splitter = new LineSplitter(LONGEST_LINE);
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      // no encoding is set
      for (const line of splitter.split(chunk)) await add(batches, line);
      // What came is not held back for what may never come: the source may be somebody who types, or a sensor.
      await batches.write();
      progress.advance(chunk.length, batches.lines);
    }
    const last = splitter.end();
    if (last !== undefined) await add(batches, last);
    return await batches.finish();
  } finally {
    progress.stop();
    // An unread stdin would keep the process.
    source.destroy();
  }
}

async function add(batches: RecordBatches, line: Uint8Array | undefined): Promise<void> {
  if (line === undefined) return await batches.refuse(`longer than ${LONGEST_LINE} bytes, which no record is`);
  if (isBlank(line)) batches.skip();
  else await batches.add(line);
}
