import { rmSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Engine, type LogRecord, type NewRecord, type OpenOptions, open, type Topic } from '../../../index.ts';
import { quiet, TINY, tempDirectory } from '../../support/engines.ts';
import { faultInBlobs } from '../../support/store-contents.ts';
import type { Retention } from './retentions.ts';
import { describe, PartitionModel } from './topic-model.ts';

const TOPIC = 'events';
/** Runs begin only when they are asked for. */
const ASKED_ONLY = { compactionThreshold: 1024 * 1024 * 1024 };
/** An eighth of a memtable: larger values become blobs of their own. */
const STAGED_ABOVE = TINY.memtableBytes / 8;
const KEYS = 5n;

/** The same record at the same offset, in every store. */
function recordAt(offset: number): NewRecord {
  const value = `value ${offset} ${'·'.repeat(offset % 70)}`;
  return { key: BigInt(offset * 7) % KEYS, value: offset % 11 === 3 ? value.padEnd(STAGED_ABOVE + 100 + offset) : value };
}

/** The first so many records, and what a compaction may have taken of them. */
export function modelOf(count: number, retention: Retention): PartitionModel {
  const model = new PartitionModel(TOPIC, 0);
  for (let offset = 0; offset < count; offset++) model.add(recordAt(offset));
  model.mayCompact(retention);
  return model;
}

/** Records of the fixed history. */
const COUNT = 110;
/** Made once a retention, copied for each disturbance. */
const masters = new Map<string, Promise<string>>();
process.once('exit', () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
const directories: string[] = [];

/** A store with one fixed history: a first compaction is over, and there is more in parts and in memory for the second. */
export class FixedHistory {
  readonly #t: ExecutionContext;
  readonly #master: string;
  readonly retention: Retention;
  /** Records so far. */
  readonly count = COUNT;

  private constructor(t: ExecutionContext, retention: Retention, master: string) {
    this.#t = t;
    this.retention = retention;
    this.#master = master;
  }

  static async make(t: ExecutionContext, retention: Retention): Promise<FixedHistory> {
    const master = masters.get(retention.name) ?? madeOnce(retention);
    masters.set(retention.name, master);
    return new FixedHistory(t, retention, await master);
  }

  /** The store as it was before the interrupted run, in a directory of its own. */
  async opened(options: OpenOptions = {}): Promise<{ engine: Engine; topic: Topic; directory: string }> {
    const directory = `${await tempDirectory(this.#t)}/store`;
    await cp(this.#master, directory, { recursive: true });
    return { ...(await this.openedAt(directory, options)), directory };
  }

  async openedAt(directory: string, options: OpenOptions = {}): Promise<{ engine: Engine; topic: Topic }> {
    const engine = await open(directory, { ...TINY, ...options });
    this.#t.teardown(() => engine.close());
    return { engine, topic: registered(engine, this.retention) };
  }

  /** Everything that was acknowledged and that the retention keeps is there, in order and as it was produced. */
  async nothingIsMissing(topic: Topic, count: number, what: string): Promise<void> {
    const fault = modelOf(count, this.retention).faultIn(await all(topic), 0, count);
    this.#t.is(fault, undefined, what);
    this.#t.is(topic.offsets()?.next, count, what);
  }

  /** Compacts once more: what is left is what an undisturbed run leaves, and the store holds nothing else. */
  async endsAsUndisturbed(engine: Engine, topic: Topic, directory: string, count: number, what: string): Promise<void> {
    await topic.compact();
    const left = (await all(topic)).map(describe);
    const expected = this.retention.keeps(modelOf(count, this.retention).produced);
    this.#t.deepEqual(left, expected.map(describe), what);
    this.#t.deepEqual((await engine.verify()).damage, [], what);
    await engine.ask({ type: 'MinorCompact' });
    await quiet(engine);
    await engine.close();
    const large = expected.filter(({ value }) => value.length > STAGED_ABOVE).length;
    this.#t.is(await faultInBlobs(directory, large), undefined, what);
  }

  register(topic: Topic): void {
    topic.register({ ...ASKED_ONLY, ...this.retention.strategy });
  }
}

async function madeOnce(retention: Retention): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lithify-'));
  directories.push(directory);
  const engine = await open(directory, TINY);
  const topic = registered(engine, retention);
  await produceMore(topic, 0, 40);
  await engine.ask({ type: 'MinorCompact' });
  await produceMore(topic, 40, 20);
  await topic.compact();
  await produceMore(topic, 60, 30);
  await engine.ask({ type: 'MinorCompact' });
  await produceMore(topic, 90, COUNT - 90);
  await engine.close();
  return directory;
}

/** Goes on producing where the history is: the next records, acknowledged. */
export async function produceMore(topic: Topic, first: number, more: number): Promise<number> {
  for (let offset = first; offset < first + more; offset++) await topic.produce(recordAt(offset));
  return first + more;
}

function registered(engine: Engine, { strategy }: Retention): Topic {
  return engine.topic(TOPIC, { compaction: { ...ASKED_ONLY, ...strategy } });
}

async function all(topic: Topic): Promise<LogRecord[]> {
  const seen: LogRecord[] = [];
  for await (const record of topic.subscribe({ idleTimeout: 0 })) seen.push(record);
  return seen;
}
