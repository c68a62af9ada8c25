import type { Engine } from '../index.ts';
import { CommandFailed, reasonOf } from './failure.ts';
import { Pipeline } from './pipeline.ts';
import { BadRecord, type LoadRecord, parseRecord } from './record.ts';

export interface Loaded {
  readonly stored: number;
  readonly deleted: number;
  readonly batches: number;
}

type Operation = { type: 'put'; key: Uint8Array; value: Uint8Array } | { type: 'del'; key: Uint8Array };

const BATCH_ENTRIES = 1000;
const BATCH_BYTES = 1024 * 1024;
const IN_FLIGHT = 4;

/** Collects lines into batches, each of which is stored whole or not at all; a bad line costs its own batch only. */
export class BatchLoader {
  readonly #engine: Engine;
  readonly #writes: Pipeline<{ lines: number; deleted: number }>;
  #batch: Operation[] = [];
  #batchBytes = 0;
  #line = 0;
  #batchStart = 1;
  #stored = 0;
  #deleted = 0;
  #batches = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#writes = new Pipeline(IN_FLIGHT, ({ lines, deleted }) => {
      this.#stored += lines - deleted;
      this.#deleted += deleted;
      this.#batches++;
    });
  }

  get lines(): number {
    return this.#line;
  }

  async add(line: Uint8Array): Promise<void> {
    const record = await this.#parse(line);
    this.#line++;
    this.#batch.push(operationOf(record));
    this.#batchBytes += record.key.length + (record.value?.length ?? 0);
    if (this.#batch.length >= BATCH_ENTRIES || this.#batchBytes >= BATCH_BYTES) await this.#write();
  }

  /** A line that holds nothing still counts in line numbers. */
  skip(): void {
    this.#line++;
  }

  /** The next line cannot be taken: says which, why, and what is stored already. */
  async refuse(reason: string): Promise<never> {
    await this.#writes.drain();
    const before = this.#batchStart - 1;
    const kept = before === 0 ? 'nothing is stored' : `lines 1 to ${before} are stored, nothing after them`;
    throw new CommandFailed(`line ${this.#line + 1}: ${reason} (${kept})`);
  }

  async finish(): Promise<Loaded> {
    if (this.#batch.length > 0) await this.#write();
    await this.#writes.drain();
    return { stored: this.#stored, deleted: this.#deleted, batches: this.#batches };
  }

  async #parse(line: Uint8Array): Promise<LoadRecord> {
    try {
      return parseRecord(line);
    } catch (error) {
      if (error instanceof BadRecord) return await this.refuse(error.message);
      throw error;
    }
  }

  async #write(): Promise<void> {
    const batch = this.#batch;
    const lines = `lines ${this.#batchStart} to ${this.#line}`;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#batchStart = this.#line + 1;
    const deleted = batch.reduce((sum, { type }) => sum + (type === 'del' ? 1 : 0), 0);
    await this.#writes.start(async () => {
      await this.#engine.kv.batch<Uint8Array, Uint8Array>(batch, { keyEncoding: 'view', valueEncoding: 'view' }).catch((error: unknown) => {
        throw new CommandFailed(`${lines} could not be stored: ${reasonOf(error)}`, { cause: error });
      });
      return { lines: batch.length, deleted };
    });
  }
}

function operationOf({ key, value }: LoadRecord): Operation {
  return value === null ? { type: 'del', key } : { type: 'put', key, value };
}
