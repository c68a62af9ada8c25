const CHUNK_BYTES = 256 * 1024;

/** The bytes from `offset` on, `length` at most; none: there are no more. */
export type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>;

/** A file piece by piece, each read only when the one before was taken. */
export async function* chunksOf(read: ReadBytes, chunkBytes = CHUNK_BYTES): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = 0; ; ) {
    const chunk = await read(offset, chunkBytes);
    if (chunk.length === 0) return;
    yield chunk;
    offset += chunk.length;
  }
}
