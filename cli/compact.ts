import type { Command } from 'commander';
import type { Engine } from '../index.ts';
import { bytesText, countText, entriesText, plural } from './format.ts';
import { type DataOptions, dbOption, jsonOption } from './options.ts';
import { print } from './output.ts';
import { EXISTING, withEngine } from './with-engine.ts';

interface CompactOptions extends DataOptions {
  readonly major?: boolean;
}

export function registerCompact(program: Command): void {
  program
    .command('compact')
    .description('write what is in memory as a sorted table')
    .option('--major', 'then merge everything into the last level')
    .addOption(dbOption())
    .addOption(jsonOption('print the report as JSON'))
    .action((options: CompactOptions) => withEngine(options.db, EXISTING, (engine, signal) => compact(engine, options, signal)));
}

async function compact(engine: Engine, { major, json }: CompactOptions, signal: AbortSignal): Promise<void> {
  const report = await engine.ask({ type: major ? 'MajorCompaction' : 'MinorCompact' }, { signal });
  await print(json ? JSON.stringify(report) : compactText(report));
}

interface Compacted {
  readonly compacted: boolean;
  readonly inputBlobs: readonly unknown[];
  readonly outputBlobs: readonly unknown[];
  readonly entriesIn: number;
  readonly entriesOut: number;
  readonly bytesWritten: number;
}

function compactText(report: Compacted): string {
  if (!report.compacted) return 'nothing to compact';
  const inputs = report.inputBlobs.length === 0 ? 'memory' : plural(report.inputBlobs.length, 'table');
  const entries = `${entriesText(report.entriesIn)} in, ${countText(report.entriesOut)} out`;
  const tables = `${inputs} became ${plural(report.outputBlobs.length, 'table')}`;
  return `${tables}; ${entries}; ${bytesText(report.bytesWritten)} written`;
}
