import type { Command } from 'commander';
import type { Engine } from '../index.ts';
import { countText, plural } from './format.ts';
import { type DataOptions, dbOption, jsonOption } from './options.ts';
import { print } from './output.ts';
import { EXISTING, withEngine } from './with-engine.ts';

export function registerGc(program: Command): void {
  program
    .command('gc')
    .description('delete what compactions left over and give the space back')
    .addOption(dbOption())
    .addOption(jsonOption('print the report as JSON'))
    .action(({ db, json }: DataOptions) => withEngine(db, EXISTING, (engine, signal) => collect(engine, json === true, signal)));
}

async function collect(engine: Engine, json: boolean, signal: AbortSignal): Promise<void> {
  const report = await engine.ask({ type: 'GarbageCollect' }, { signal });
  const pinned = report.pinned.length === 0 ? '' : `, ${countText(report.pinned.length)} still being read`;
  await print(json ? JSON.stringify(report) : `${plural(report.deleted.length, 'table')} deleted${pinned}`);
}
