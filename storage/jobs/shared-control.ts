import type { JobCommand, JobControl } from './job.ts';

const COMMANDS: readonly JobCommand[] = ['run', 'yield', 'abort'];
const COMMAND = 0;
const ENTRIES = 1;
const BYTES = 2;

/**
 * One compactor's orders to its job and the job's progress, in a few words that both threads see: no message has to
 * get through a busy thread. Counters are kept as 64-bit floats: exact far beyond any job, and without tearing on
 * aligned words.
 */
export class SharedControl implements JobControl {
  readonly buffer: ArrayBufferLike;
  readonly #words: Int32Array;
  readonly #counters: Float64Array;

  private constructor(buffer: ArrayBufferLike) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, 1);
    this.#counters = new Float64Array(buffer);
  }

  static create(): SharedControl {
    return new SharedControl(new SharedArrayBuffer(3 * Float64Array.BYTES_PER_ELEMENT));
  }

  static attach(buffer: ArrayBufferLike): SharedControl {
    return new SharedControl(buffer);
  }

  command(): JobCommand {
    return COMMANDS[Atomics.load(this.#words, COMMAND)];
  }

  progress(entries: number, bytes: number): void {
    this.#counters[ENTRIES] += entries;
    this.#counters[BYTES] += bytes;
  }

  order(command: JobCommand): void {
    Atomics.store(this.#words, COMMAND, COMMANDS.indexOf(command));
  }

  /** Before each job. */
  reset(): void {
    this.order('run');
    this.#counters[ENTRIES] = 0;
    this.#counters[BYTES] = 0;
  }

  get entries(): number {
    return this.#counters[ENTRIES];
  }

  get bytes(): number {
    return this.#counters[BYTES];
  }
}
