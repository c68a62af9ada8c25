import { codeOf, OutputClosed } from './failure.ts';

const FLUSH_AT = 64 * 1024;

/**
 * What a command says on stdout, in writes of about 64 KiB that wait for the reader. A reader that goes away ends the
 * command with OutputClosed, quietly.
 */
export class Output {
  readonly #stream: NodeJS.WritableStream;
  readonly #failure: (error: Error) => Error;
  #text = '';

  /** `failure`: what one of the stream is, unless its reader has gone. */
  constructor(stream: NodeJS.WritableStream = process.stdout, failure: (error: Error) => Error = (error) => error) {
    this.#stream = stream;
    this.#failure = failure;
    // The write's own callback reports the failure; without a listener the event would end the process.
    if (stream.listenerCount('error') === 0) stream.on('error', () => undefined);
  }

  /** True when it is time to `await flush()`: one promise per 64 KiB, not one per line. */
  line(text: string): boolean {
    this.#text += `${text}\n`;
    return this.#text.length >= FLUSH_AT;
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text !== '') await this.#write(text);
  }

  /** The bytes as they are, then a line end. */
  async bytes(bytes: Uint8Array): Promise<void> {
    await this.flush();
    await this.#write(bytes);
    await this.#write('\n');
  }

  #write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(data, (error) =>
        error ? reject(isGone(error) ? new OutputClosed('nobody reads our output', { cause: error }) : this.#failure(error)) : resolve(),
      );
    });
  }
}

function isGone(error: Error): boolean {
  const code = codeOf(error);
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || code === 'ECONNRESET';
}

/** One document or line of JSON, or text, and done. */
export async function print(text: string): Promise<void> {
  const output = new Output();
  output.line(text);
  await output.flush();
}
