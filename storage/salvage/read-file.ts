import type { Files } from '../../protocol/runtime.ts';

/** What a disk refuses to read it refuses by sectors, and the system by pages. */
const PAGE_BYTES = 4096;

export interface ReadBytes {
  readonly bytes: Uint8Array;
  /** Stretches that the disk did not give back; they are zeros in `bytes`, which no checksum takes for data. */
  readonly unreadable: number;
}

/** Part of a file, whatever of it can be read. Fails only where the file as a whole cannot be looked at. */
export async function readLeniently(files: Files, path: string, offset = 0, length = Number.POSITIVE_INFINITY): Promise<ReadBytes> {
  try {
    return { bytes: await files.read(path, offset, length), unreadable: 0 };
  } catch {
    return readByPages(files, path, offset, Math.min(length, (await files.size(path)) - offset));
  }
}

async function readByPages(files: Files, path: string, offset: number, length: number): Promise<ReadBytes> {
  const bytes = new Uint8Array(Math.max(0, length));
  let unreadable = 0;
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
    try {
      bytes.set(await files.read(path, offset + at, Math.min(PAGE_BYTES, bytes.length - at)), at);
    } catch {
      unreadable++;
    }
  }
  return { bytes, unreadable };
}
