import { type Engine, type JsonForm, LithifyError, type NewRecord, type Offset, parseProducerRecord, type Topic } from '../../index.ts';
import { CommandFailed, OutputClosed, reasonOf } from '../failure.ts';
import { plural } from '../format.ts';
import { Output } from '../output.ts';
import { Pipeline } from '../pipeline.ts';

interface BatchOptions {
  /** Where all records go. */
  readonly topic?: string;
  /** Of topics that are made. */
  readonly partitions?: number;
  readonly form: JsonForm;
  /** Prints the offset of each record. */
  readonly json?: boolean;
}

interface Entry {
  readonly topic: Topic;
  readonly record: NewRecord;
}

const BATCH_RECORDS = 4000;
const BATCH_BYTES = 1024 * 1024;
/** The next batch is read while one is written. With more a failure could leave a hole before what is stored. */
const IN_FLIGHT = 1;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Collects lines into batches; a bad line ends it, with everything before it stored. */
export class RecordBatches {
  readonly #engine: Engine;
  readonly #options: BatchOptions;
  readonly #topics = new Map<string, Topic>();
  readonly #writes: Pipeline<number>;
  #output: Output | undefined;
  #batch: Entry[] = [];
  #batchBytes = 0;
  #line = 0;
  #stored = 0;

  constructor(engine: Engine, options: BatchOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#output = options.json ? new Output() : undefined;
    this.#writes = new Pipeline(IN_FLIGHT, (records) => (this.#stored += records));
  }

  get lines(): number {
    return this.#line;
  }

  async add(line: Uint8Array): Promise<void> {
    const entry = await this.#entryOf(line);
    this.#line++;
    this.#batch.push(entry);
    this.#batchBytes += line.length;
    if (this.#batch.length >= BATCH_RECORDS || this.#batchBytes >= BATCH_BYTES) await this.write();
  }

  /** A line that holds nothing still counts in line numbers. */
  skip(): void {
    this.#line++;
  }

  /** The next line cannot be taken: stores what came before it, then says which, why, and how much is stored. */
  async refuse(reason: string, cause?: unknown): Promise<never> {
    const line = this.#line + 1;
    const stored = await this.finish();
    const kept = stored === 0 ? 'nothing is stored' : `${plural(stored, 'record')} before it ${stored === 1 ? 'is' : 'are'} stored`;
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `line ${line}: ${reason} (${kept}, nothing after it)`, { cause, details: { line } });
  }

  /** Hands over what came so far, when what was handed over before is stored. */
  async write(): Promise<void> {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#batchBytes = 0;
    await this.#writes.start(() => this.#store(batch));
  }

  /** The number of records, once all are stored. */
  async finish(): Promise<number> {
    await this.write();
    await this.#writes.drain();
    return this.#stored;
  }

  async #entryOf(line: Uint8Array): Promise<Entry> {
    try {
      const { topic, ...record } = parseProducerRecord(textOf(line), this.#options.form, this.#options.topic);
      return { topic: this.#topicFor(topic, record), record };
    } catch (error) {
      if (error instanceof LithifyError && error.code === 'LITHIFY_INVALID_ARGUMENT') return await this.refuse(error.message, error);
      throw error;
    }
  }

  #topicFor(name: string, { partition = 0 }: NewRecord): Topic {
    let topic = this.#topics.get(name);
    const { partitions } = this.#options;
    if (topic === undefined) this.#topics.set(name, (topic = this.#engine.topic(name, partitions === undefined ? {} : { partitions })));
    const count = topic.partitions ?? partitions ?? 1;
    if (partition < count) return topic;
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `Partition ${partition} is not one of 0 to ${count - 1}.`);
  }

  async #store(batch: readonly Entry[]): Promise<number> {
    const offsets = await produceAll(batch).catch((error: unknown) => {
      const stored = `${plural(this.#stored, 'record')} before these ${plural(batch.length, 'record')} stored, of these perhaps some`;
      throw new CommandFailed(`${reasonOf(error)} (${stored})`, { cause: error });
    });
    await this.#tell(offsets);
    return batch.length;
  }

  /** Nobody has to listen; what is to be stored is stored all the same. */
  async #tell(offsets: readonly Offset[]): Promise<void> {
    try {
      for (const offset of offsets) if (this.#output?.line(`{"offset":${offset}}`)) await this.#output.flush();
      await this.#output?.flush();
    } catch (error) {
      if (!(error instanceof OutputClosed)) throw error;
      this.#output = undefined;
    }
  }
}

function textOf(line: Uint8Array): string {
  try {
    return decoder.decode(line);
  } catch (cause) {
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', 'The line is not UTF-8.', { cause });
  }
}

/** Offsets in the order of the entries; each topic's records keep theirs. */
async function produceAll(batch: readonly Entry[]): Promise<Offset[]> {
  const offsets = new Array<Offset>(batch.length);
  const byTopic = Map.groupBy(batch.keys(), (index) => batch[index].topic);
  await Promise.all(
    Array.from(byTopic, async ([topic, indexes]) => {
      const found = await topic.produceMany(indexes.map((index) => batch[index].record));
      indexes.forEach((index, i) => {
        offsets[index] = found[i];
      });
    }),
  );
  return offsets;
}
