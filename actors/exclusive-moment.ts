import type { LithifyError } from '../protocol/errors.ts';
import type { Release } from '../protocol/runtime.ts';
import type { CommitQueue, Exclusive } from './commit-queue.ts';
import type { Memtables } from './memtables.ts';
import type { Pressure } from './pressure.ts';

interface MomentParts {
  readonly queue: CommitQueue;
  readonly memtables: Memtables;
  readonly keepAlive: () => Release;
  /** LevelDB is being opened again. */
  readonly isStorageDown: () => boolean;
  /** Seals the active memtable; gives the error if that cannot be. */
  readonly seal: (reason: string) => Promise<LithifyError | undefined>;
  /** Waits while there is such a reason to. */
  readonly wait: (look: () => Pressure | undefined, signal: AbortSignal) => Promise<void>;
  /** So many sequences were used, and everything up to the last of them is readable; called before the caller hears of it. */
  readonly used: (count: number) => void;
}

/** One caller at a time has the writer for itself, with nothing in memory. Others wait in the queue behind it. */
export class ExclusiveMoment {
  readonly #parts: MomentParts;
  #running: Exclusive | undefined;
  #unsettled: string | undefined;

  constructor(parts: MomentParts) {
    this.#parts = parts;
  }

  /** Of the one that is running, or would be next. */
  get why(): string | undefined {
    return (this.#running ?? this.#parts.queue.head?.exclusive)?.why;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** It failed together with LevelDB: only once that is open again can be told whether it took place, and its sequences. */
  get unsettled(): Pressure | undefined {
    return this.#unsettled === undefined ? undefined : { cause: 'exclusive', reason: this.#unsettled, clearedBy: ['storage'] };
  }

  /** LevelDB is open again, so that everybody knows. */
  reopened(): void {
    this.#unsettled = undefined;
  }

  /** Seals what is in memory and waits until all of it is in tables, and LevelDB can take more. */
  async empty(signal: AbortSignal): Promise<void> {
    const { memtables, isStorageDown, seal, wait } = this.#parts;
    const pressure: Pressure = { cause: 'exclusive', reason: this.why ?? 'memory is emptied', clearedBy: ['flush', 'storage'] };
    const cannotSeal = () => !memtables.live.isEmpty && memtables.sealed.length + 1 >= memtables.limit;
    await wait(() => (cannotSeal() ? pressure : undefined), signal);
    if (signal.aborted) return;
    const error = memtables.live.isEmpty ? undefined : await seal(pressure.reason);
    if (error !== undefined) throw error;
    await wait(() => (memtables.sealed.length > 0 || isStorageDown() ? pressure : undefined), signal);
  }

  /** What fails is its caller's failure, and leaves the writer as it was. */
  async run(firstSequence: number): Promise<void> {
    const { queue, keepAlive, isStorageDown, used } = this.#parts;
    const group = queue.shift();
    if (group?.exclusive === undefined) return;
    const { why, run } = (this.#running = group.exclusive);
    const letGo = keepAlive();
    try {
      used(await run(firstSequence));
      group.resolve();
    } catch (error) {
      if (isStorageDown()) this.#unsettled = `${why} failed, and LevelDB is being opened again to see how far it came`;
      group.reject(error);
    } finally {
      this.#running = undefined;
      queue.recycle(group);
      letGo();
    }
  }
}
