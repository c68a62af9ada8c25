import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { IntentFile, readIntent } from './demo/intent.ts';
import { checkRecovered } from './demo/recovered.ts';
import { runDemo } from './demo/run.ts';
import { type Summary, summaryText } from './demo/summary.ts';
import { LIMITS, type Workload } from './demo/workload.ts';
import { CommandFailed } from './failure.ts';
import { Interrupt } from './interrupt.ts';
import { jsonOption, nonEmpty, wholeNumber } from './options.ts';
import { print } from './output.ts';
import { EXISTING, withEngine } from './with-engine.ts';

interface DemoOptions extends Workload {
  readonly db?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly durability: 'fsync' | 'os';
  readonly memtableBytes?: number;
  readonly intent?: string;
  readonly check?: string;
}

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description("run a sensor fleet's writes against a fresh store, compact, collect, reopen and verify every key")
    .addOption(number('--writes <count>', 'updates and deletions', 1, LIMITS.writes).default(1_000_000))
    .addOption(number('--keys <count>', 'sensors', 1, LIMITS.keys).default(100_000))
    .addOption(number('--value-bytes <count>', 'size of a value', LIMITS.minValueBytes, LIMITS.maxValueBytes).default(100))
    .addOption(number('--batch <count>', 'writes that go together', 1, LIMITS.maxBatch).default(1000))
    .addOption(
      number('--seed <number>', 'decides every write; the same seed, the same store', 0, 2 ** 31 - 1).default(randomInt(2 ** 31), 'random'),
    )
    .addOption(new Option('--durability <kind>', 'what an acknowledged write survives').choices(['fsync', 'os']).default('fsync'))
    .addOption(number('--memtable-bytes <count>', 'small ones make many compactions', 4096, 2 ** 30))
    .option('--db <dir>', 'where; there must be no store yet, and it is kept (default: a temporary directory)', nonEmpty)
    .option('--keep', 'keep the temporary directory')
    .addOption(
      new Option('--intent <file>', 'write down what is issued and acknowledged, for --check after a kill')
        .argParser(nonEmpty)
        .conflicts('check'),
    )
    .option('--check <file>', 'compare the store in --db with such a file instead', nonEmpty)
    .addOption(jsonOption('print the summary as JSON'))
    .action((options: DemoOptions, command: Command) => {
      if (options.check === undefined) return demo(options);
      if (options.db === undefined) return command.error("error: '--check <file>' needs the '--db <dir>' that it is about");
      return check(options.check, options.db, options.json === true);
    });
}

function number(flags: string, description: string, min: number, max: number): Option {
  return new Option(flags, description).argParser(wholeNumber(min, max));
}

async function demo(options: DemoOptions): Promise<void> {
  using interrupt = new Interrupt();
  const temporary = options.db === undefined ? await mkdtemp(join(tmpdir(), 'lithify-demo-')) : undefined;
  const location = options.db ?? join(temporary ?? '', 'store');
  const kept = temporary === undefined || options.keep === true;
  try {
    const summary = await runIn(location, kept, options, interrupt.signal);
    await print(options.json ? JSON.stringify(summary) : summaryText(summary));
    if (!summary.ok) throw new CommandFailed(verdict(summary));
  } finally {
    if (temporary !== undefined && !kept) await rm(temporary, { recursive: true, force: true });
  }
}

async function runIn(location: string, kept: boolean, options: DemoOptions, signal: AbortSignal): Promise<Summary> {
  const { seed, writes, keys, valueBytes, batch, durability, memtableBytes } = options;
  const workload = { seed, writes, keys, valueBytes, batch };
  using intent = options.intent === undefined ? undefined : new IntentFile(options.intent, workload);
  const optional = { ...(memtableBytes !== undefined && { memtableBytes }), ...(intent && { intent }) };
  return await runDemo({ location, kept, workload, durability, ...optional }, signal);
}

function verdict({ findings: { missing, wrong, unexpected }, workload: { seed } }: Summary): string {
  return `the store is not what was acknowledged: ${missing} missing, ${wrong} wrong, ${unexpected} unexpected (seed ${seed})`;
}

async function check(file: string, db: string, json: boolean): Promise<void> {
  const intent = readIntent(file);
  const found = await withEngine(db, EXISTING, (engine) => checkRecovered(engine, intent));
  const { acknowledged, issued, recovered } = found;
  if (json) await print(JSON.stringify(found));
  if (recovered === undefined)
    throw new CommandFailed(`not what was acknowledged (${acknowledged} of ${issued} issued): ${found.examples.join('; ')}`);
  if (!json) await print(`exactly the first ${recovered} writes; ${acknowledged} of ${issued} issued were acknowledged`);
}
