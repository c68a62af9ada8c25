import type { Command } from 'commander';
import type { EngineStats } from '../index.ts';
import { bytesText, countText, entriesText, plural, table } from './format.ts';
import { type DataOptions, dbOption, jsonOption } from './options.ts';
import { print } from './output.ts';
import { EXISTING, withEngine } from './with-engine.ts';

export function registerStats(program: Command): void {
  program
    .command('stats')
    .description('print what the store holds and how it is laid out')
    .addOption(dbOption())
    .addOption(jsonOption('print everything, as JSON'))
    .action(({ db, json }: DataOptions) =>
      withEngine(db, EXISTING, async (engine) => {
        const stats = engine.stats();
        await print(json ? JSON.stringify(stats) : statsText(stats));
      }),
    );
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
