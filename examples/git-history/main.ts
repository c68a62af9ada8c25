#!/usr/bin/env node
/**
 * Replays the history of a git repository through an engine with small memtables, so that many compactions run, then
 * compares the store with HEAD: `node examples/git-history/main.ts PATH`. Exit 1 on any difference.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenOptions } from 'lithify';
import { compareWithHead } from './compare.ts';
import { replayHistory } from './replay.ts';

const KiB = 1024;
const SMALL: OpenOptions = { memtableBytes: 64 * KiB, tableBytes: 32 * KiB, blockBytes: 4 * KiB, sliceBytes: 256 * KiB };

const [repository] = process.argv.slice(2);
if (repository === undefined) {
  process.stderr.write('usage: node examples/git-history/main.ts PATH\n');
  process.exitCode = 2;
} else {
  process.exitCode = await main(repository).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    return 1;
  });
}

async function main(repository: string): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'lithify-git-history-'));
  try {
    return await replayAndCompare(repository, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function replayAndCompare(repository: string, directory: string): Promise<number> {
  const { open } = await lithify();
  await using engine = await open(join(directory, 'store'), SMALL);
  const start = performance.now();
  const { commits, puts, deletes } = await replayHistory(engine, repository, { onProgress });
  const seconds = (performance.now() - start) / 1000;
  console.log(`${commits} commits replayed in ${seconds.toFixed(1)} s: ${puts} puts, ${deletes} deletes`);
  const { equal, differences, examples } = await compareWithHead(engine, repository);
  const kinds = Object.entries(engine.stats().compactions).map(([kind, count]) => `${kind} ${count}`);
  console.log(`compactions: ${kinds.join(', ')}`);
  console.log(`${equal} entries equal to git ls-tree -r HEAD, ${differences} different`);
  for (const example of examples) console.log(`  ${example}`);
  return differences === 0 ? 0 : 1;
}

function onProgress(commits: number): void {
  if (commits % 10_000 === 0) process.stderr.write(`${commits} commits\n`);
}

/** The package by its name, as a user has it; in a checkout that is not built, its source beside us. */
async function lithify(): Promise<typeof import('lithify')> {
  try {
    return await import('lithify');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    return await import('../../index.ts');
  }
}
