import { startNodeThread } from '../../platform/thread.ts';
import type { Thread } from '../../protocol/runtime.ts';
import type { JobSpec } from '../../storage/jobs/job.ts';

/** 'refused': a coded error and nothing done; 'storage fails': as after a failed write of LevelDB; 'dies': with all its output written. */
export type JobFault = 'refused' | 'storage fails' | 'dies';
type Kind = JobSpec['kind'];

const KINDS: readonly Kind[] = ['flush', 'merge', 'delete', 'verify', 'age', 'analyze', 'rewrite', 'ingest'];
const FAULTS: readonly JobFault[] = ['refused', 'storage fails', 'dies'];
/** For every kind: how many fail, how, whether they wait, how many have begun. */
const WORDS_EACH = 4;
const LEFT = 0;
const HOW = 1;
const HELD = 2;
const BEGUN = 3;

/** Worker threads whose jobs can be told to fail or to wait. Give `start` to a runtime as `startThread`. */
export class Faults {
  readonly #words: Int32Array<SharedArrayBuffer>;

  private constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  static create(): Faults {
    return new Faults(new SharedArrayBuffer(KINDS.length * WORDS_EACH * Int32Array.BYTES_PER_ELEMENT));
  }

  static attach(buffer: SharedArrayBuffer): Faults {
    return new Faults(buffer);
  }

  readonly start = (name: string): Thread => startNodeThread(new URL('./faulty-worker.ts', import.meta.url), name, this.#words.buffer);

  /** The next jobs of this kind fail. */
  fail(kind: Kind, how: JobFault, times = 1): void {
    Atomics.store(this.#words, at(kind, HOW), FAULTS.indexOf(how));
    Atomics.store(this.#words, at(kind, LEFT), times);
  }

  /** How many are still to fail. */
  left(kind: Kind): number {
    return Atomics.load(this.#words, at(kind, LEFT));
  }

  /** How many jobs of this kind have come to a thread. */
  begun(kind: Kind): number {
    return Atomics.load(this.#words, at(kind, BEGUN));
  }

  /** Resolves when so many jobs of this kind have come to a thread. */
  async reach(kind: Kind, count: number): Promise<void> {
    for (let begun = this.begun(kind); begun < count; begun = this.begun(kind)) {
      await Atomics.waitAsync(this.#words, at(kind, BEGUN), begun).value;
    }
  }

  /** Jobs of this kind wait before they begin, until `release`. */
  hold(kind: Kind): void {
    Atomics.store(this.#words, at(kind, HELD), 1);
  }

  release(kind: Kind): void {
    Atomics.store(this.#words, at(kind, HELD), 0);
    Atomics.notify(this.#words, at(kind, HELD));
  }

  /** In the thread. */
  waitWhileHeld(kind: Kind): void {
    Atomics.add(this.#words, at(kind, BEGUN), 1);
    Atomics.notify(this.#words, at(kind, BEGUN));
    while (Atomics.load(this.#words, at(kind, HELD)) === 1) Atomics.wait(this.#words, at(kind, HELD), 1);
  }

  /** In the thread: whether and how this job fails. */
  take(kind: Kind): JobFault | undefined {
    if (Atomics.sub(this.#words, at(kind, LEFT), 1) > 0) return FAULTS[Atomics.load(this.#words, at(kind, HOW))];
    Atomics.add(this.#words, at(kind, LEFT), 1);
    return undefined;
  }
}

function at(kind: Kind, word: number): number {
  return KINDS.indexOf(kind) * WORDS_EACH + word;
}
