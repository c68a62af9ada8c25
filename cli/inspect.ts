import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Engine } from '../index.ts';
import { runLoad } from './inspect/load.ts';
import { Interrupt } from './interrupt.ts';
import { jsonOption, nonEmpty, wholeNumber } from './options.ts';
import { print } from './output.ts';
import { EXISTING, withEngineUntil } from './with-engine.ts';

interface Options {
  readonly db?: string;
  readonly port: number;
  readonly demo?: boolean;
  readonly json?: boolean;
}

/** So small that one sees flushes and compactions every few seconds. */
const DEMO = { memtableBytes: 512 * 1024, tableBytes: 512 * 1024, sliceBytes: 2 * 1024 * 1024 };

export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('open the store and serve a page that shows it live, on this machine only, until Ctrl-C')
    .addOption(new Option('--db <dir>', 'directory of the store').env('LITHIFY_DB').argParser(nonEmpty))
    .addOption(new Option('--port <number>', '0: any that is free').argParser(wholeNumber(0, 65_535)).default(0))
    .option('--demo', 'let a sensor fleet write into it; without --db: into a temporary store')
    .addOption(jsonOption('print the address as JSON'))
    .action(async (options: Options, command: Command) => {
      if (options.db === undefined && !options.demo) return command.error("error: required option '--db <dir>' not specified (or --demo)");
      await inspectStore(options);
    });
}

async function inspectStore(options: Options): Promise<void> {
  using interrupt = new Interrupt();
  const temporary = options.db === undefined ? await mkdtemp(join(tmpdir(), 'lithify-inspect-')) : undefined;
  const location = options.db ?? join(temporary ?? '', 'store');
  try {
    await withEngineUntil(interrupt.signal, location, options.demo ? DEMO : EXISTING, (engine) => serve(engine, options, interrupt.signal));
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

/** Until the engine closes: by a Shutdown from the page, or because the signal ends the wait. */
async function serve(engine: Engine, { port, demo, json }: Options, signal: AbortSignal): Promise<void> {
  const { url } = await engine.inspect({ port });
  await print(json ? JSON.stringify({ url, location: engine.location }) : `${url}\n${HINT}`);
  await (demo ? runLoad(engine, signal) : engine.closed);
}

const HINT = 'Who has this address sees the store and can send it messages. Ctrl-C closes both.';
