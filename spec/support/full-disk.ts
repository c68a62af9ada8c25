import { createHash } from 'node:crypto';
import type { Engine, OpenOptions } from '../../index.ts';

const MiB = 1024 * 1024;
/** Refused at once, so that nothing more goes to the log while LevelDB looks for room; see spec/pressure for who waits. */
export const FULL_DISK: OpenOptions = {
  ...{ memtableBytes: MiB, memoryBytes: 8 * MiB, tableBytes: MiB },
  ...{ durability: 'fsync', writeTimeoutMs: 0 },
};

export function keyOf(i: number): string {
  return `key-${String(i).padStart(8, '0')}`;
}

/** Hard to compress, and the same in every process. */
export function valueOf(i: number): string {
  let value = `${i}:`;
  while (value.length < 1500) value += createHash('sha256').update(`${value.length}-${i}`).digest('base64');
  return value;
}

/** Batches of ten until one is refused; `acknowledged` hears how many keys are safe. */
export async function writeUntilRefused(engine: Engine, acknowledged: (keys: number) => void): Promise<{ keys: number; error: unknown }> {
  for (let keys = 0; ; keys += 10) {
    const batch = Array.from({ length: 10 }, (_, i) => ({ type: 'put' as const, key: keyOf(keys + i), value: valueOf(keys + i) }));
    try {
      await engine.kv.batch(batch);
    } catch (error) {
      return { keys, error };
    }
    acknowledged(keys + 10);
  }
}
