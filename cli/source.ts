import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { CommandFailed } from './failure.ts';

/** What a command reads: a file, or stdin where none is named. */
export function sourceOf(file: string | undefined, signal: AbortSignal): Readable {
  return addAbortSignal(signal, file === undefined ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 }));
}

/** Bytes of a file; the command fails where there is none. */
export async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: Error) => {
    throw new CommandFailed(`cannot read ${file}: ${error.message}`, { cause: error });
  });
  if (found.isDirectory()) throw new CommandFailed(`cannot read ${file}: it is a directory`);
  return found.size;
}
