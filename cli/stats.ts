import { type Command, Option } from 'commander';
import { type Engine, type EngineStats, openMetricsText } from '../index.ts';
import { bytesText, countText, entriesText, plural, table } from './format.ts';
import { type DataOptions, dbOption, jsonOption } from './options.ts';
import { print } from './output.ts';
import { EXISTING, withEngine } from './with-engine.ts';

interface StatsOptions extends DataOptions {
  readonly openmetrics?: boolean;
}

export function registerStats(program: Command): void {
  program
    .command('stats')
    .description('print what the store holds and how it is laid out')
    .addOption(dbOption())
    .addOption(jsonOption('print everything, as JSON'))
    .addOption(new Option('--openmetrics', 'print engine.metrics() as OpenMetrics text').conflicts('json'))
    .action(({ db, ...form }: StatsOptions) => withEngine(db, EXISTING, (engine) => print(textOf(engine, form))));
}

function textOf(engine: Engine, { json, openmetrics }: Omit<StatsOptions, 'db'>): string {
  if (openmetrics) return openMetricsText(engine.metrics()).trimEnd();
  return json ? JSON.stringify(engine.stats()) : statsText(engine.stats());
}

/** The rows that say something about a store just opened; counters since open are for `--json`. */
export function statsText(stats: EngineStats): string {
  const { memtables, wal, minors, garbage } = stats;
  const inMemory = memtables.active.entries + memtables.sealed.reduce((sum, { entries }) => sum + entries, 0);
  return table([
    ['in memory', `${entriesText(inMemory)}, ${bytesText(memtables.bytes)}`],
    ['write-ahead log', `${plural(wal.segments, 'segment')}, ${bytesText(wal.bytes)}`],
    ['minor tables', `${plural(minors.tables, 'table')}, ${bytesText(minors.bytes)}`],
    ...stats.levels.flatMap(levelRow),
    ['garbage', `${plural(garbage.blobs, 'table')}, ${bytesText(garbage.bytes)}`],
    ['last sequence', countText(stats.lastSequence)],
  ]);
}

function levelRow(level: EngineStats['levels'][number], number: number): [name: string, value: string][] {
  if (level.tables === 0) return [];
  const held = `${entriesText(level.entries)} (${plural(level.tombstones, 'tombstone')})`;
  return [[`level ${number}`, `${plural(level.tables, 'table')}, ${bytesText(level.bytes)}, ${held}`]];
}
