import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { fileFailure, orFileFailure, refusal } from './file-failure.ts';

/** What a command reads: a file, or stdin where none is named. */
export function sourceOf(file: string | undefined, signal: AbortSignal): Readable {
  return addAbortSignal(signal, file === undefined ? process.stdin : Readable.from(chunksOf(file), { objectMode: false }));
}

/** A file's bytes; it is opened when the first are asked for. */
export async function* chunksOf(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    // no encoding is set
    yield* createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw fileFailure(error, file, 'read');
  }
}

/** Bytes of a file; the command fails where there is none, or none that may be read. */
export async function sizeOf(file: string): Promise<number> {
  const found = await orFileFailure(stat(file), file, 'read');
  if (found.isDirectory()) throw refusal('EISDIR', file, 'read');
  await orFileFailure(access(file, constants.R_OK), file, 'read');
  return found.size;
}
