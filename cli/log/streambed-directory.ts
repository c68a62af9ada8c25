import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LithifyError, type StreambedFile, type TopicFiles, topicFiles } from '../../index.ts';
import { codeOf } from '../failure.ts';
import { fileFailure } from '../file-failure.ts';
import { chunksOf } from '../source.ts';

export interface FoundFiles extends TopicFiles {
  /** Those that are there, in the order in which that system reads them. */
  readonly found: readonly { readonly path: string; readonly size: number }[];
}

/** Which files of a topic a directory of streambed-logged has. */
export async function findFiles(directory: string, topic: string): Promise<FoundFiles> {
  const files = topicFiles(directory, topic);
  const found = [];
  // A topic named `x.history` is its own history.
  for (const path of new Set([files.ancientHistory, files.history, files.active])) {
    const size = await sizeOf(path);
    if (size !== undefined) found.push({ path, size });
  }
  return { ...files, found };
}

/** The file's bytes; it is opened when the first are asked for. */
export function streambedFile(path: string, onRead: (bytes: number) => void): StreambedFile {
  return { name: path, chunks: counted(chunksOf(path), onRead) };
}

/** Other files whose history would be the same one: that system replaces what follows the last dot. */
export async function sharersOf({ active, history, ancientHistory }: TopicFiles): Promise<string[]> {
  const stem = history.slice(0, -'.history'.length);
  const own = new Set([active, history, ancientHistory, `${stem}.work`].map((path) => basename(path)));
  const name = basename(stem);
  const entries = await readdir(dirname(active)).catch(() => []);
  return entries.filter((entry) => !own.has(entry) && (entry === name || stemOf(entry) === name));
}

function stemOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    yield chunk;
  }
}

/** undefined: there is no such file. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw fileFailure(error, path, 'read');
  }
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `${path} is no file; take it away, or name another directory.`, { details: { path } });
}
