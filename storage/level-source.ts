import { ClassicLevel } from 'classic-level';
import { levelError } from './level-errors.ts';

/** Every pair of somebody else's LevelDB, in the order of its keys. */
export interface LevelSource {
  /** Bytes of their own; rejects with LITHIFY_CORRUPTION or LITHIFY_BLOB_STORE, at the latest at its end. */
  pairs(): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, void>;
  close(): Promise<void>;
}

/** Read at once, off the main thread. */
const BATCH_ENTRIES = 1000;
const BATCH_BYTES = 256 * 1024;
const FORMAT = { keyEncoding: 'view', valueEncoding: 'view' } as const;

/**
 * Opens a LevelDB that exists. What it holds stays the same, but LevelDB replays its log into a table file, writes a new
 * manifest and rotates its `LOG`, as at every opening. LITHIFY_LOCKED, LITHIFY_CORRUPTION, LITHIFY_NOT_FOUND, LITHIFY_BLOB_STORE.
 */
export async function openLevelSource(location: string): Promise<LevelSource> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(location, { ...FORMAT, createIfMissing: false });
  try {
    await level.open();
  } catch (error) {
    throw levelError(error, `Opening the LevelDB in ${location}`);
  }
  return {
    pairs: () => pairsOf(level, location),
    close: () =>
      level.close().catch((error: unknown) => {
        throw levelError(error, `Closing the LevelDB in ${location}`);
      }),
  };
}

async function* pairsOf(
  level: ClassicLevel<Uint8Array, Uint8Array>,
  location: string,
): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, void> {
  const iterator = level.iterator({ ...FORMAT, fillCache: false, highWaterMarkBytes: BATCH_BYTES });
  try {
    for (let pairs = await iterator.nextv(BATCH_ENTRIES); pairs.length > 0; pairs = await iterator.nextv(BATCH_ENTRIES)) yield* pairs;
  } catch (error) {
    throw levelError(error, `Reading the LevelDB in ${location}`);
  } finally {
    await iterator.close();
  }
}
