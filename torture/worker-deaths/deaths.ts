import { startNodeThread } from '../../platform/thread.ts';
import type { Thread } from '../../protocol/runtime.ts';
import type { JobSpec } from '../../storage/jobs/job.ts';

export type Kind = JobSpec['kind'];
export const KINDS: readonly Kind[] = ['flush', 'merge', 'delete', 'verify', 'age', 'analyze', 'rewrite', 'ingest'];

/**
 * How a thread ends at an operation: before it; with it done; with it on its way; by an exception that nobody catches;
 * terminated from outside while it stands still.
 */
export type Way = 'before' | 'after' | 'under' | 'thrown' | 'terminated';
export const WAYS: readonly Way[] = ['before', 'after', 'under', 'thrown', 'terminated'];

/** The n-th of the moments of all jobs; or just before, or just after, a job's reply goes out. */
export type Moment = number | 'reply' | 'replied';
const REPLIES: readonly Moment[] = ['reply', 'replied'];

const KIND = 0;
const LEFT = 1;
const WAY = 2;
const DIED = 3;
const WORDS = 4;
const NOBODY = -1;

/**
 * Worker threads of which one ends at a chosen moment of the next jobs of a kind: the first moment is before the first of
 * them begins, then come its storage operations, the moment before its reply and the one after, then the next job's. Give
 * `start` to a runtime as `startThread`.
 */
export class Deaths {
  readonly #words: Int32Array<SharedArrayBuffer>;
  /** In a thread: whether it stands still. */
  readonly #stands: Int32Array<SharedArrayBuffer>;

  private constructor(buffer: SharedArrayBuffer, stands: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#stands = new Int32Array(stands);
  }

  static create(): Deaths {
    const deaths = new Deaths(words(WORDS), words(1));
    deaths.disarm();
    return deaths;
  }

  static attach({ shared, own }: ThreadWords): Deaths {
    return new Deaths(shared, own);
  }

  readonly start = (name: string): Thread => {
    const data: ThreadWords = { shared: this.#words.buffer, own: words(1) };
    const thread = startNodeThread(new URL('./mortal-thread.ts', import.meta.url), name, data);
    void terminateWhenItStands(thread, new Int32Array(data.own));
    return thread;
  };

  arm(kind: Kind, moment: Moment, way: Way): void {
    Atomics.store(this.#words, DIED, 0);
    Atomics.store(this.#words, WAY, WAYS.indexOf(way));
    Atomics.store(this.#words, LEFT, typeof moment === 'number' ? moment : -1 - REPLIES.indexOf(moment));
    Atomics.store(this.#words, KIND, KINDS.indexOf(kind));
  }

  disarm(): void {
    Atomics.store(this.#words, KIND, NOBODY);
  }

  /** A thread has ended, or is about to, since it was armed. */
  get hasStruck(): boolean {
    return Atomics.load(this.#words, DIED) === 1;
  }

  /** In the thread: the next moment of a job has come; how it ends there. */
  meets(kind: Kind, which?: Moment): Way | undefined {
    if (Atomics.load(this.#words, KIND) !== KINDS.indexOf(kind)) return undefined;
    const left = Atomics.load(this.#words, LEFT);
    if (left > 0) Atomics.store(this.#words, LEFT, left - 1);
    const isMeant = left < 0 ? which === REPLIES[-1 - left] : left === 1;
    if (!isMeant) return undefined;
    this.disarm();
    Atomics.store(this.#words, DIED, 1);
    return WAYS[Atomics.load(this.#words, WAY)];
  }

  /** In the thread: stands still until it is terminated. */
  standStill(): never {
    Atomics.store(this.#stands, 0, 1);
    Atomics.notify(this.#stands, 0);
    for (;;) Atomics.wait(this.#stands, 0, 1);
  }
}

/** What a thread is given: what all of them share, and where it says that it stands still. */
export interface ThreadWords {
  readonly shared: SharedArrayBuffer;
  readonly own: SharedArrayBuffer;
}

function words(count: number): SharedArrayBuffer {
  return new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT);
}

async function terminateWhenItStands(thread: Thread, stands: Int32Array<SharedArrayBuffer>): Promise<void> {
  thread.onExit(() => Atomics.notify(stands, 0));
  await Atomics.waitAsync(stands, 0, 0).value;
  if (Atomics.load(stands, 0) === 1) await thread.terminate();
}
