import type { AppendFile } from '../protocol/runtime.ts';

/** What is used of a Node FileHandle that was opened for appending; a spec gives a failing one. */
export interface AppendHandle {
  write(bytes: Uint8Array): Promise<{ bytesWritten: number }>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * A file that grows at its end. `length` counts whole appends only: what a failed one left behind is cut off before the
 * next. After a failed sync nothing is written any more, because the system may have dropped what it could not write
 * and call the next sync a success.
 */
export class HandleAppendFile implements AppendFile {
  readonly #handle: AppendHandle;
  #length: number;
  #torn = false;
  #syncFailure: unknown;
  #closed: Promise<void> | undefined;

  /** `length`: what the file holds already. */
  constructor(handle: AppendHandle, length = 0) {
    this.#handle = handle;
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  async append(bytes: Uint8Array, sync: boolean): Promise<void> {
    this.#refuseAfterFailedSync();
    if (this.#torn) await this.#cut(this.#length);
    this.#torn = true;
    await this.#writeAll(bytes);
    if (sync) await this.#guardSync(this.#handle.datasync());
    this.#torn = false;
    this.#length += bytes.length;
  }

  async sync(): Promise<void> {
    this.#refuseAfterFailedSync();
    await this.#guardSync(this.#handle.datasync());
  }

  async truncate(length: number): Promise<void> {
    this.#refuseAfterFailedSync();
    if (length > this.#length) throw new RangeError(`Cannot cut a file of ${this.#length} bytes back to ${length}.`);
    await this.#cut(length);
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    return this.#closed;
  }

  async #cut(length: number): Promise<void> {
    await this.#handle.truncate(length);
    this.#length = length;
    this.#torn = false;
    await this.#guardSync(this.#handle.sync());
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(at === 0 ? bytes : bytes.subarray(at));
      if (bytesWritten === 0) throw Object.assign(new Error('EIO: the file takes no more bytes, write'), { code: 'EIO', syscall: 'write' });
      at += bytesWritten;
    }
  }

  async #guardSync(syncing: Promise<void>): Promise<void> {
    try {
      await syncing;
    } catch (error) {
      this.#syncFailure = error;
      throw error;
    }
  }

  #refuseAfterFailedSync(): void {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
  }
}
