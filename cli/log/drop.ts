import type { Command } from 'commander';
import { dbOption, type StoreOptions } from '../options.ts';
import { EXISTING, withEngine } from '../with-engine.ts';
import { existingTopic } from './existing-topic.ts';

export function registerLogDrop(log: Command): void {
  log
    .command('drop')
    .description('delete a topic: its records, its offsets, its groups; exit 1 when there is none')
    .argument('<topic>')
    .addOption(dbOption())
    .action((name: string, { db }: StoreOptions) =>
      withEngine(db, EXISTING, async (engine) => {
        await existingTopic(engine, name).drop();
      }),
    );
}
