import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeDirectory, orFileFailure } from '../file-failure.ts';

export type Write = (bytes: Uint8Array) => Promise<void>;

/** A file that takes its name when it is whole and on disk: nobody ever sees a part of it under that name. */
export class DurableFile {
  readonly path: string;
  readonly #temporary: string;

  constructor(path: string) {
    this.path = path;
    this.#temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  }

  /** What `fill` writes is on disk then, under another name. After a failure nothing is left. */
  async fill<T>(fill: (write: Write) => Promise<T>): Promise<T> {
    await makeDirectory(dirname(this.path));
    try {
      await using file = await this.#orFailure(open(this.#temporary, 'wx'));
      const result = await fill(async (bytes) => {
        for (let at = 0; at < bytes.length; ) at += (await this.#orFailure(file.write(bytes, at))).bytesWritten;
      });
      await this.#orFailure(file.sync());
      return result;
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  /** It takes its name, and the place of what has it. */
  async keep(): Promise<void> {
    await this.#orFailure(rename(this.#temporary, this.path));
    await syncDirectory(dirname(this.path));
  }

  async discard(): Promise<void> {
    await rm(this.#temporary, { force: true });
  }

  /** People know of its own name only. */
  #orFailure<T>(work: Promise<T>): Promise<T> {
    return orFileFailure(work, this.path, 'write');
  }
}

export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}
