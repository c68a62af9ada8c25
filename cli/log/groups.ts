import type { Command } from 'commander';
import type { GroupLag } from '../../index.ts';
import { countText, secondsText, table, visibleText } from '../format.ts';
import { type DataOptions, dbOption, jsonOption } from '../options.ts';
import { Output } from '../output.ts';
import { EXISTING, withEngine } from '../with-engine.ts';
import { existingTopic } from './existing-topic.ts';

export function registerLogGroups(log: Command): void {
  log
    .command('groups')
    .description('list the consumer groups of a topic: what each has committed, and what it has yet to read')
    .argument('<topic>')
    .addOption(dbOption())
    .addOption(jsonOption('print {"group","partition","committed","lag","idleMs"}, a line each'))
    .action((name: string, { db, json }: DataOptions) =>
      withEngine(db, EXISTING, async (engine) => {
        const groups = existingTopic(engine, name).groups();
        const output = new Output();
        if (json) for (const group of groups) output.line(JSON.stringify(group));
        else if (groups.length > 0) output.line(table(groups.map(groupRow)));
        await output.flush();
      }),
    );
}

function groupRow({ group, partition, committed, lag, idleMs }: GroupLag): [name: string, value: string] {
  const read = `partition ${partition}: ${countText(committed)} committed ${secondsText(idleMs)} ago, ${countText(lag)} to read`;
  return [visibleText(group), read];
}
