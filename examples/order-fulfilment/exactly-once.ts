import type { Engine, Transaction } from 'lithify';
import { LithifyError } from 'lithify';

/** What is decided from what was read: the answer, and what is written with it. */
export interface Decision<T> {
  readonly answer: T;
  readonly fill?: (tx: Transaction) => void;
}

/** Reads the keys, decides, and writes unless one of them has changed meanwhile; then it decides anew. */
export async function decide<T>(
  engine: Engine,
  keys: readonly string[],
  how: (values: readonly (string | undefined)[]) => Decision<T>,
): Promise<T> {
  for (;;) {
    const values = await engine.kv.getMany([...keys]);
    const { answer, fill } = how(values);
    if (fill === undefined) return answer;
    try {
      await engine.write((tx) => {
        for (const [i, key] of keys.entries()) tx.expect(key, values[i]);
        fill(tx);
      });
      return answer;
    } catch (error) {
      if (!(error instanceof LithifyError) || error.code !== 'LITHIFY_CONFLICT') throw error;
    }
  }
}
