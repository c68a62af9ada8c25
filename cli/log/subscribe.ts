import { type Command, Option } from 'commander';
import {
  type ConsumerOffset,
  type Engine,
  type JsonForm,
  type LogRecord,
  type StartFrom,
  type SubscribeOptions,
  type Topic,
  toJsonLine,
} from '../../index.ts';
import { dbOption, nonEmpty, type StoreOptions } from '../options.ts';
import { EXISTING, withEngine } from '../with-engine.ts';
import { existingTopic } from './existing-topic.ts';
import { LineSink } from './line-sink.ts';
import { addFormOptions, collect, durationOption, type FormOptions, formOf, partitionOption } from './options.ts';
import { parseConsumerOffset, parseFrom } from './where-to-start.ts';

interface Options extends StoreOptions, FormOptions {
  readonly subscription?: readonly string[];
  readonly offset?: readonly ConsumerOffset[];
  readonly from?: StartFrom;
  readonly group?: string;
  readonly commit?: boolean;
  readonly partition?: number;
  readonly idleTimeout?: number;
  readonly output?: string;
}

export function registerLogSubscribe(log: Command): void {
  const command = log
    .command('subscribe')
    .description('print records, a JSON line each: topic, headers, timestamp, key, value in Base64, partition, offset')
    .argument('[topics...]')
    .addOption(new Option('--subscription <topic>', 'the same as a topic; may be repeated').argParser(collect(String)))
    .addOption(
      new Option('--offset <topic,partition,offset>', 'begin behind this record; may be repeated').argParser(collect(parseConsumerOffset)),
    )
    .addOption(
      new Option(
        '--from <where>',
        'beginning, end, or a time such as 2023-11-14T22:13:20Z (default: behind what --group has committed, else beginning)',
      ).argParser(parseFrom),
    )
    .option('--group <name>', 'a consumer group')
    .option('--commit', 'commit for the group what was written out')
    .addOption(partitionOption('only this one'))
    .addOption(
      durationOption(
        '--idle-timeout <time>',
        'end when all was given and nothing came for so long, such as 100ms, 1s or 0 (default: never)',
      ),
    )
    .option('-o, --output <file>', 'write there instead of to stdout', nonEmpty);
  addFormOptions(command)
    .addOption(dbOption())
    .option('--json', 'accepted for symmetry: the records are JSON in any case')
    .action(subscribeCommand);
}

async function subscribeCommand(names: readonly string[], options: Options, command: Command): Promise<void> {
  const topics = [...names, ...(options.subscription ?? [])];
  if (topics.length === 0) return command.error("error: missing required argument 'topics'");
  if (options.commit && options.group === undefined)
    return command.error("error: option '--commit' needs the '--group <name>' to commit for");
  await withEngine(options.db, EXISTING, (engine, signal) => subscribe(engine, topics, options, signal));
}

async function subscribe(engine: Engine, names: readonly string[], options: Options, signal: AbortSignal): Promise<void> {
  const topics = new Map(names.map((name) => [name, existingTopic(engine, name)]));
  const subscription = engine.subscribe([...topics.values()], subscribeOptions(options, signal));
  await using sink = await LineSink.open(options.output);
  const form = formOf(options);
  for await (const records of subscription.batches()) {
    await writeOut(sink, records, form);
    if (options.commit && options.group !== undefined) await commit(topics, options.group, records, sink);
  }
  await sink.end();
}

async function writeOut(sink: LineSink, records: readonly LogRecord[], form: JsonForm): Promise<void> {
  for (const record of records) if (sink.output.line(toJsonLine(record, form))) await sink.output.flush();
  // Whoever waits for what has come does not wait for what comes next.
  await sink.output.flush();
}

/** A batch is of one partition. */
async function commit(topics: ReadonlyMap<string, Topic>, group: string, records: readonly LogRecord[], sink: LineSink): Promise<void> {
  const last = records.at(-1);
  if (last === undefined) return;
  await sink.makeDurable();
  await topics.get(last.topic)?.commit(group, last.offset, last.partition);
}

function subscribeOptions({ from, offset, group, partition, idleTimeout }: Options, signal: AbortSignal): SubscribeOptions {
  return {
    ...(from !== undefined && { from }),
    ...(offset !== undefined && { offsets: offset }),
    ...(group !== undefined && { group }),
    ...(partition !== undefined && { partition }),
    ...(idleTimeout !== undefined && { idleTimeout }),
    signal,
  };
}
