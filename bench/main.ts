import { availableParallelism, cpus, totalmem } from 'node:os';
import { markdownText } from './markdown.ts';
import { type BenchOptions, parseOptions, USAGE, WrongUsage } from './options.ts';
import { reportText } from './report.ts';
import { runRounds } from './rounds.ts';
import { findDbBench } from './subjects/rocksdb.ts';
import { summarize } from './summary.ts';

/** `npm run bench`. Exit code: 0 done, 1 something failed, 2 wrong usage. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) process.stdout.write(USAGE);
    else await bench(options);
    return 0;
  } catch (error) {
    if (error instanceof WrongUsage) {
      process.stderr.write(`bench: ${error.message}\n\n${USAGE}`);
      return 2;
    }
    process.stderr.write(`bench: ${messagesOf(error)}\n`);
    return 1;
  }
}

async function bench(options: BenchOptions): Promise<void> {
  const dbBench = await findDbBench();
  const onStart = options.format === 'json' ? () => undefined : (what: string) => void process.stderr.write(`${what}\n`);
  const rows = await runRounds({ options, dbBench, onStart });
  const lines = summarize(rows);
  const notes =
    dbBench === undefined ? ["RocksDB is left out: there is no db_bench on the PATH (Debian's package rocksdb-tools has it)."] : [];
  const { sizes, rounds } = options;
  const result = { machine: machine(), ...sizes, rounds, notes, lines, measurements: rows };
  const asText = { text: reportText, markdown: markdownText };
  const about = [...notes, machineText()];
  process.stdout.write(options.format === 'json' ? `${JSON.stringify(result)}\n` : asText[options.format](lines, about));
}

function machine() {
  const { version, platform, arch } = process;
  return {
    node: version,
    platform,
    arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
}

function machineText(): string {
  const { node, platform, arch, cpu, cores, memoryBytes } = machine();
  return `Node ${node}, ${platform} ${arch}, ${cores} cores (${cpu}), ${Math.round(memoryBytes / 1024 ** 3)} GiB of memory.`;
}

function messagesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messagesOf(error.cause)}`;
}

process.exitCode = await main(process.argv.slice(2));
