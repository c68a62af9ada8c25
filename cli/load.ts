import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { Engine } from '../index.ts';
import { countText } from './format.ts';
import { isBlank, LineSplitter } from './lines.ts';
import { BatchLoader, type Loaded } from './load-batches.ts';
import { LoadProgress } from './load-progress.ts';
import { type DataOptions, dbOption, jsonOption, nonEmpty } from './options.ts';
import { print } from './output.ts';
import { sizeOf, sourceOf } from './source.ts';
import { withEngine } from './with-engine.ts';

export function registerLoad(program: Command): void {
  program
    .command('load')
    .description('store NDJSON {"key","value"} from a file or stdin; "value":null deletes; creates the store if there is none')
    .argument('[file]', 'default, or -: stdin', nonEmpty)
    .addOption(dbOption())
    .addOption(jsonOption('print what was done as JSON'))
    .action((file: string | undefined, options: DataOptions) => loadCommand(file === '-' ? undefined : file, options));
}

const LINE_LIMIT = 64 * 1024 * 1024;

async function loadCommand(file: string | undefined, { db, json }: DataOptions): Promise<void> {
  // Before the store is opened: a mistyped file name must not create one.
  const size = file === undefined ? undefined : await sizeOf(file);
  const loaded = await withEngine(db, {}, (engine, signal) => load(engine, sourceOf(file, signal), size));
  await print(json ? JSON.stringify(loaded) : `${countText(loaded.stored)} stored, ${countText(loaded.deleted)} deleted`);
}

async function load(engine: Engine, source: Readable, size: number | undefined): Promise<Loaded> {
  const loader = new BatchLoader(engine);
  const progress = new LoadProgress(size);
  const splitter = new LineSplitter(LINE_LIMIT);
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      // no encoding is set
      for (const line of splitter.split(chunk)) await add(loader, line);
      progress.advance(chunk.length, loader.lines);
    }
    const last = splitter.end();
    if (last !== undefined) await add(loader, last);
    return await loader.finish();
  } finally {
    progress.stop();
    // An unread stdin would keep the process.
    source.destroy();
  }
}

async function add(loader: BatchLoader, line: Uint8Array | undefined): Promise<void> {
  if (line === undefined) return await loader.refuse(`longer than ${LINE_LIMIT} bytes`);
  if (isBlank(line)) loader.skip();
  else await loader.add(line);
}
