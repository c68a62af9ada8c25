import type { Database, DatabasePut, DatabaseRange } from '../../protocol/database.ts';
import { levelError } from '../../storage/level-errors.ts';
import { Poison } from '../../storage/poison.ts';
import { keyTarget } from './key-target.ts';
import type { Operations } from './operations.ts';
import { type Fault, flipped, type OperationKind } from './rules.ts';

/**
 * A database that fails as the rules of `operations` say. Its targets are `location:key`, the key in hexadecimal; a write's
 * is its first key. Errors are coded as LevelDB's are; after a failed write it takes no more, as a LevelDB of ours.
 */
export function faultyDatabase(inner: Database, operations: Operations, location: string): Database {
  const poison = new Poison();
  const run = async <T>(kind: OperationKind, key: Uint8Array | undefined, effect: (fault: Fault | undefined) => Promise<T>): Promise<T> => {
    const target = key === undefined ? location : keyTarget(location, key);
    try {
      return await operations.run({ kind, target }, effect);
    } catch (error) {
      throw levelError(error, `The ${kind} of ${target}`);
    }
  };
  const { compactRange, approximateSize } = inner;
  return {
    get: (key) => run('get', key, async (fault) => read(fault, operations, fault?.kind === 'missing' ? undefined : await inner.get(key))),
    getSync: (key) => getSync(inner, operations, location, key),
    write: (puts, deletes = []) =>
      poison.guard(
        () => write(inner, operations, location, puts, deletes),
        (error) => levelError(error, `Writing to ${location}`),
      ),
    keys: (range: DatabaseRange) => run('list', range.gte, () => inner.keys(range)),
    entries: (range: DatabaseRange) => run('list', range.gte, () => inner.entries(range)),
    ...(compactRange && { compactRange: (start, end) => run('compact', start, () => compactRange.call(inner, start, end)) }),
    ...(approximateSize && { approximateSize: (start, end) => approximateSize.call(inner, start, end) }),
    close: () => run('close', undefined, () => inner.close()),
  };
}

function getSync(inner: Database, operations: Operations, location: string, key: Uint8Array): Uint8Array | undefined {
  const target = keyTarget(location, key);
  try {
    return operations.runSync({ kind: 'get', target }, (fault) =>
      read(fault, operations, fault?.kind === 'missing' ? undefined : inner.getSync(key)),
    );
  } catch (error) {
    throw levelError(error, `The get of ${target}`);
  }
}

function read(fault: Fault | undefined, operations: Operations, value: Uint8Array | undefined): Uint8Array | undefined {
  return fault?.kind === 'flip' && value !== undefined ? flipped(value, operations.random) : value;
}

function write(
  inner: Database,
  operations: Operations,
  location: string,
  puts: readonly DatabasePut[],
  deletes: readonly Uint8Array[],
): Promise<void> {
  const bytes = puts.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  const kind = puts.length === 0 && deletes.length > 0 ? 'delete' : 'write';
  const target = keyTarget(location, puts[0]?.key ?? deletes[0] ?? new Uint8Array(0));
  return operations.run({ kind, target, bytes }, async (fault) => {
    // Half a batch is none.
    if (fault?.kind === 'short') return;
    await inner.write(puts, fault?.kind === 'undead' ? [] : deletes);
  });
}
