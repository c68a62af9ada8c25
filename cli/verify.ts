import type { Command } from 'commander';
import type { Engine } from '../index.ts';
import { CommandFailed } from './failure.ts';
import { bytesText, entriesText, plural } from './format.ts';
import { type DataOptions, dbOption, jsonOption } from './options.ts';
import { Output } from './output.ts';
import { EXISTING, withEngine } from './with-engine.ts';

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('read and check every block; exit 1 and a list when something is damaged')
    .addOption(dbOption())
    .addOption(jsonOption('print the report as JSON'))
    .action(({ db, json }: DataOptions) => withEngine(db, EXISTING, (engine) => verify(engine, json === true)));
}

async function verify(engine: Engine, json: boolean): Promise<void> {
  const report = await engine.verify();
  const output = new Output();
  if (json) output.line(JSON.stringify(report));
  else
    for (const { blobId, block, reason } of report.damage)
      output.line(`blob ${blobId}${block === undefined ? '' : `, block ${block}`}: ${reason}`);
  const read = `${plural(report.tables, 'table')}, ${plural(report.blocks, 'block')}, ${entriesText(report.entries)}, ${bytesText(report.bytes)}`;
  if (report.damage.length === 0 && !json) output.line(`sound: ${read}`);
  await output.flush();
  if (report.damage.length > 0) throw new CommandFailed(`${plural(report.damage.length, 'damaged place')} in ${read}`);
}
