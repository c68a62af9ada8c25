import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type DatabaseOptions, Level } from '../../../index.ts';
import { TINY, tempDirectory } from '../../support/engines.ts';

/** A database in a directory of its own, closed when the test has ended. */
export async function openLevel<K = string, V = string>(
  t: ExecutionContext,
  options: DatabaseOptions<K, V> = {},
  location?: string,
): Promise<Level<K, V>> {
  const db = new Level<K, V>(location ?? join(await tempDirectory(t), 'db'), { ...TINY, ...options });
  t.teardown(() => db.close());
  await db.open();
  return db;
}

/** What opening failed with: the code, its cause's, and that one's cause's. */
export async function codesOf(opening: Promise<unknown>): Promise<(string | undefined)[]> {
  const codes: (string | undefined)[] = [];
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  for (let at: unknown = error; at instanceof Error; at = at.cause) codes.push('code' in at ? String(at.code) : undefined);
  return codes;
}
