import type { Command } from 'commander';
import type { PartitionOffsets } from '../../index.ts';
import { countText, table } from '../format.ts';
import { type DataOptions, dbOption, jsonOption } from '../options.ts';
import { print } from '../output.ts';
import { EXISTING, withEngine } from '../with-engine.ts';
import { existingTopic } from './existing-topic.ts';
import { partitionOption } from './options.ts';

interface Options extends DataOptions {
  readonly partition?: number;
}

export function registerLogOffsets(log: Command): void {
  log
    .command('offsets')
    .description('print the offsets of the first and the last record of each partition, and what the next one gets')
    .argument('<topic>')
    .addOption(partitionOption('only this one'))
    .addOption(dbOption())
    .addOption(jsonOption('print {"partition","beginning_offset","end_offset","next_offset"}, a line each'))
    .action((name: string, { db, json, partition }: Options) =>
      withEngine(db, EXISTING, async (engine) => {
        const topic = existingTopic(engine, name);
        const partitions = partition === undefined ? [...Array(topic.partitions).keys()] : [partition];
        const found = partitions.map((number) => [number, topic.offsets(number)] as const);
        await print(json ? found.map(offsetsJson).join('\n') : table(found.map(offsetsRow)));
      }),
    );
}

type Found = readonly [partition: number, offsets: PartitionOffsets | undefined];

/** Null where there is no record. */
function offsetsJson([partition, offsets]: Found): string {
  const { beginning = null, end = null, next = 0 } = offsets ?? {};
  return JSON.stringify({ partition, beginning_offset: beginning, end_offset: end, next_offset: next });
}

function offsetsRow([partition, offsets]: Found): [name: string, value: string] {
  const { beginning, end, next = 0 } = offsets ?? {};
  const held = beginning === undefined || end === undefined ? 'no records' : `${countText(beginning)} to ${countText(end)}`;
  return [`partition ${partition}`, `${held}, next ${countText(next)}`];
}
