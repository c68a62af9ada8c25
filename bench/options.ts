import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Sizes } from './workloads/workload.ts';
import { GROUPS, WORKLOADS } from './workloads/workloads.ts';

export const USAGE = `Usage: npm run bench -- [options]

Measures lithify beside classic-level, lmdb and, where it is installed, RocksDB's db_bench: all of them in turn, in every round.

  --entries N   entries for put, batch, get, getSync, scan and loop; records for produce, consume and seek (500000)
  --runs N      entries of each of the 8 runs that are merged (1000000)
  --records N   records of the burst that is compacted, entries that are loaded in bulk (1000000)
  --keys N      keys of the tables that are filled (5000000)
  --rounds N    rounds; the report has medians (3)
  --seconds N   the longest that put, batch, get, getSync, produce, seek and wake-up go on (3)
  --only NAME   one row, or several with commas: ${WORKLOADS.flatMap(({ rows }) => rows).join(', ')};
                or all of ${Object.keys(GROUPS).join(', ')}
  --dir DIR     where the stores are made, and removed (the system's temporary directory)
  --markdown    print the result as the tables of docs/benchmarks.md
  --json        print the result as JSON
  --quick       tiny sizes: does it work at all? The figures mean nothing
`;

export interface BenchOptions {
  readonly sizes: Sizes;
  readonly rounds: number;
  /** Rows to measure. */
  readonly rows: readonly string[];
  readonly directory: string;
  readonly format: 'text' | 'markdown' | 'json';
  readonly help: boolean;
}

export class WrongUsage extends Error {}

const FULL = { entries: 500_000, runs: 1_000_000, records: 1_000_000, keys: 5_000_000, rounds: 3, seconds: 3 };
const QUICK = { entries: 2_000, runs: 1_000, records: 5_000, keys: 100_000, rounds: 1, seconds: 0.05 };

export function parseOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  const defaults = values.quick ? QUICK : FULL;
  const limitMs = positive('seconds', values.seconds, defaults.seconds) * 1000;
  const sizes = {
    entries: whole('entries', values.entries, defaults.entries),
    runEntries: whole('runs', values.runs, defaults.runs),
    records: whole('records', values.records, defaults.records),
    keys: whole('keys', values.keys, defaults.keys),
    limitMs,
  };
  return {
    sizes,
    rounds: whole('rounds', values.rounds, defaults.rounds),
    rows: rowsOf(values.only),
    directory: values.dir ?? tmpdir(),
    format: values.json ? 'json' : values.markdown ? 'markdown' : 'text',
    help: values.help === true,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const numbers = { entries: text, runs: text, records: text, keys: text, rounds: text, seconds: text };
  const flags = { json: flag, markdown: flag, quick: flag, help: flag };
  try {
    return parseArgs({ args: [...args], options: { ...numbers, only: text, dir: text, ...flags } }).values;
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function rowsOf(only: string | undefined): string[] {
  const known = WORKLOADS.flatMap(({ rows }) => rows);
  const names = only?.split(',').map((name) => name.trim()) ?? known;
  const wanted = names.flatMap((name) => GROUPS[name] ?? name);
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
