import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Engine, type OpenOptions, open } from 'lithify';
import { type Comparison, compareWithHead } from './compare.ts';
import { historyTopic, readLog, toLog } from './log.ts';
import { replayHistory, type WriteChanges } from './replay.ts';
import { readTable, toTable } from './table.ts';

const KiB = 1024;
const SMALL: OpenOptions = { memtableBytes: 64 * KiB, tableBytes: 32 * KiB, blockBytes: 4 * KiB, sliceBytes: 256 * KiB };

const given = parseArguments();
if (given === undefined) {
  process.stderr.write('usage: node examples/git-history/main.ts [--log] PATH\n');
  process.exitCode = 2;
} else {
  process.exitCode = await main(given).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    return 1;
  });
}

interface Arguments {
  readonly repository: string;
  readonly log: boolean;
}

function parseArguments(): Arguments | undefined {
  try {
    const { values, positionals } = parseArgs({ options: { log: { type: 'boolean', default: false } }, allowPositionals: true });
    const [repository, ...rest] = positionals;
    return repository === undefined || rest.length > 0 ? undefined : { repository, log: values.log };
  } catch {
    return undefined;
  }
}

async function main({ repository, log }: Arguments): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'lithify-git-history-'));
  try {
    await using engine = await open(join(directory, 'store'), SMALL);
    const comparison = await (log ? throughLog(engine, repository) : throughTable(engine, repository));
    return report(comparison);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function throughTable(engine: Engine, repository: string): Promise<Comparison> {
  await replay(toTable(engine), repository);
  const comparison = await compareWithHead(readTable(engine), repository);
  const kinds = Object.entries(engine.stats().compactions).map(([kind, count]) => `${kind} ${count}`);
  console.log(`compactions: ${kinds.join(', ')}`);
  return comparison;
}

async function throughLog(engine: Engine, repository: string): Promise<Comparison> {
  const topic = historyTopic(engine);
  let runs = 0;
  engine.events$.subscribe(({ type }) => (runs += type === 'logCompacted' ? 1 : 0));
  await replay(toLog(topic), repository);
  await topic.compact();
  const [{ records, bytes }] = engine.topics();
  console.log(`compactions: ${runs}; ${records} records left, ${bytes} bytes`);
  return await compareWithHead(readLog(topic), repository);
}

async function replay(write: WriteChanges, repository: string): Promise<void> {
  const start = performance.now();
  const { commits, puts, deletes } = await replayHistory(write, repository, { onProgress });
  const seconds = (performance.now() - start) / 1000;
  console.log(`${commits} commits replayed in ${seconds.toFixed(1)} s: ${puts} puts, ${deletes} deletes`);
}

function report({ equal, differences, examples }: Comparison): number {
  console.log(`${equal} entries equal to git ls-tree -r HEAD, ${differences} different`);
  for (const example of examples) console.log(`  ${example}`);
  return differences === 0 ? 0 : 1;
}

function onProgress(commits: number): void {
  if (commits % 10_000 === 0) process.stderr.write(`${commits} commits\n`);
}
