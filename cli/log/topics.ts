import type { Command } from 'commander';
import type { TopicInfo } from '../../index.ts';
import { bytesText, plural, table, visibleText } from '../format.ts';
import { type DataOptions, dbOption, jsonOption } from '../options.ts';
import { Output } from '../output.ts';
import { EXISTING, withEngine } from '../with-engine.ts';

export function registerLogTopics(log: Command): void {
  log
    .command('topics')
    .description('list the topics and what they hold')
    .addOption(dbOption())
    .addOption(jsonOption('print {"name","partitions","bytes","dirtyBytes","records"}, a line each'))
    .action(({ db, json }: DataOptions) =>
      withEngine(db, EXISTING, async (engine) => {
        const topics = engine.topics();
        const output = new Output();
        if (json) for (const topic of topics) output.line(JSON.stringify(topic));
        else if (topics.length > 0) output.line(table(topics.map(topicRow)));
        await output.flush();
      }),
    );
}

function topicRow({ name, partitions, records, bytes, dirtyBytes }: TopicInfo): [name: string, value: string] {
  const held = `${plural(records, 'record')}, ${bytesText(bytes)} (${bytesText(dirtyBytes)} not compacted)`;
  return [visibleText(name), `${plural(partitions, 'partition')}, ${held}`];
}
