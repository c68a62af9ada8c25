import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Sizes } from './workloads/workload.ts';
import { WORKLOADS } from './workloads/workloads.ts';

export const USAGE = `Usage: npm run bench -- [options]

Measures lithify beside classic-level, lmdb and, where it is installed, RocksDB's db_bench: all of them in turn, in every round.

  --entries N   entries for put, batch, get, getSync, scan and loop (500000)
  --runs N      entries of each of the 8 runs that are merged (1000000)
  --rounds N    rounds; the report has medians (3)
  --seconds N   the longest that put, batch, get and getSync go on (3)
  --only NAME   one row: ${WORKLOADS.flatMap(({ rows }) => rows).join(', ')}; or several, with commas
  --dir DIR     where the stores are made, and removed (the system's temporary directory)
  --json        print the result as JSON
  --quick       tiny sizes: does it work at all? The figures mean nothing
`;

export interface BenchOptions {
  readonly sizes: Sizes;
  readonly rounds: number;
  /** Rows to measure. */
  readonly rows: readonly string[];
  readonly directory: string;
  readonly json: boolean;
  readonly help: boolean;
}

export class WrongUsage extends Error {}

const FULL = { entries: 500_000, runs: 1_000_000, rounds: 3, seconds: 3 };
const QUICK = { entries: 2_000, runs: 1_000, rounds: 1, seconds: 0.05 };

export function parseOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  const defaults = values.quick ? QUICK : FULL;
  const limitMs = positive('seconds', values.seconds, defaults.seconds) * 1000;
  const sizes = {
    entries: whole('entries', values.entries, defaults.entries),
    runEntries: whole('runs', values.runs, defaults.runs),
    limitMs,
  };
  return {
    sizes,
    rounds: whole('rounds', values.rounds, defaults.rounds),
    rows: rowsOf(values.only),
    directory: values.dir ?? tmpdir(),
    json: values.json === true,
    help: values.help === true,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const numbers = { entries: text, runs: text, rounds: text, seconds: text };
  try {
    return parseArgs({ args: [...args], options: { ...numbers, only: text, dir: text, json: flag, quick: flag, help: flag } }).values;
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function rowsOf(only: string | undefined): string[] {
  const known = WORKLOADS.flatMap(({ rows }) => rows);
  const wanted = only?.split(',').map((name) => name.trim()) ?? known;
  for (const name of wanted)
    if (!known.includes(name)) throw new WrongUsage(`--only ${name}: there is no such row; there are ${known.join(', ')}`);
  return wanted;
}

function positive(name: string, given: string | undefined, fallback: number): number {
  const value = given === undefined ? fallback : Number(given);
  if (!(value > 0 && value < Infinity)) throw new WrongUsage(`--${name} ${given}: it must be a number above 0`);
  return value;
}

function whole(name: string, given: string | undefined, fallback: number): number {
  const value = positive(name, given, fallback);
  if (!Number.isInteger(value)) throw new WrongUsage(`--${name} ${given}: it must be a whole number`);
  return value;
}
