import type { WritePermits } from '../../storage/blobs/write-permits.ts';
import type { Database, DatabasePut } from '../../storage/database.ts';

const BATCH_BYTES = 1024 * 1024;

/** Puts in batches of about a MiB, of any number of blobs each: while one is being written the next is collected. */
export class Batches {
  readonly #database: Database;
  readonly #permits: WritePermits;
  #puts: DatabasePut[] = [];
  #bytes = 0;
  /** Never rejects: what fails is kept in #failure. */
  #inFlight: Promise<void> = Promise.resolve();
  #failure: { readonly reason: unknown } | undefined;

  /** `permits`: those of the store that is copied, whose log and compactions share libuv's pool with these writes. */
  constructor(database: Database, permits: WritePermits) {
    this.#database = database;
    this.#permits = permits;
  }

  /** A promise is back-pressure: await it before the next call. Rejects with the failure of an earlier batch. */
  add(put: DatabasePut): Promise<void> | undefined {
    this.#puts.push(put);
    this.#bytes += put.value.length;
    return this.#bytes < BATCH_BYTES ? undefined : this.#send();
  }

  /** Everything is written. */
  async finish(): Promise<void> {
    if (this.#puts.length > 0) await this.#send();
    await this.settled();
    this.#throwFailure();
  }

  /** Nothing is being written any more; never rejects. */
  async settled(): Promise<void> {
    await this.#inFlight;
  }

  async #send(): Promise<void> {
    const puts = this.#puts;
    this.#puts = [];
    this.#bytes = 0;
    await this.#inFlight;
    this.#throwFailure();
    this.#inFlight = this.#permits
      .run(() => this.#database.write(puts))
      .catch((reason: unknown) => {
        this.#failure = { reason };
      });
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }
}
