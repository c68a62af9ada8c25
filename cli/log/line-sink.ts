import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileFailure, orFileFailure } from '../file-failure.ts';
import { Output } from '../output.ts';

/** Where lines go: stdout, or a file, which is made anew. */
export class LineSink implements AsyncDisposable {
  readonly output: Output;
  readonly #handle: FileHandle | undefined;
  readonly #stream: WriteStream | undefined;

  private constructor(to?: { readonly file: string; readonly handle: FileHandle }) {
    this.#handle = to?.handle;
    this.#stream = to?.handle.createWriteStream();
    this.output = new Output(this.#stream, to && ((error) => fileFailure(error, to.file, 'write')));
  }

  static async open(file: string | undefined): Promise<LineSink> {
    if (file === undefined) return new LineSink();
    return new LineSink({ file, handle: await orFileFailure(open(file, 'w'), file, 'write') });
  }

  /** What was written out is on disk; of a pipe nobody can say more than that it was taken. */
  async makeDurable(): Promise<void> {
    await this.#handle?.datasync();
  }

  async end(): Promise<void> {
    await this.output.flush();
    const stream = this.#stream;
    if (stream === undefined) return;
    stream.end();
    await once(stream, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream?.destroy();
  }
}
