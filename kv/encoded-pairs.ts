import type { RawPair } from '../actors/ingest.ts';
import { LithifyError } from '../protocol/errors.ts';
import { refuseLongKey } from './keys.ts';
import { LevelError } from './level-errors.ts';
import { Lent, type TextOrBytes } from './text.ts';

/** What `ingest` takes. */
export type Pairs<K, V> = AsyncIterable<readonly [K, V]> | Iterable<readonly [K, V]>;

interface Encoder<T> {
  encode(value: T): TextOrBytes;
}

/** The bytes of pairs, lent until the next pair is asked for. Memory of its own: other calls go on meanwhile. */
export async function* encodedPairs<K, V>(pairs: Pairs<K, V>, keys: Encoder<K>, values: Encoder<V>): AsyncGenerator<RawPair, void, void> {
  refuseOther(pairs);
  const lent = new Lent();
  for await (const pair of pairs) {
    const [key, value] = soundPair(pair);
    lent.begin();
    const bytes = lent.bytes(keys.encode(key));
    refuseLongKey(bytes);
    yield [bytes, lent.bytes(values.encode(value))];
  }
}

function soundPair<K, V>(pair: readonly [K, V]): readonly [K, V] {
  if (!Array.isArray(pair) || pair.length !== 2) throw invalid('An entry to ingest is not a pair of key and value.');
  if (pair[0] === null || pair[0] === undefined) throw new LevelError('LEVEL_INVALID_KEY', 'Key cannot be null or undefined');
  if (pair[1] === null || pair[1] === undefined) throw new LevelError('LEVEL_INVALID_VALUE', 'Value cannot be null or undefined');
  return pair;
}

function refuseOther(pairs: unknown): void {
  const isIterable = typeof pairs === 'object' && pairs !== null && (Symbol.asyncIterator in pairs || Symbol.iterator in pairs);
  if (!isIterable) throw invalid('What is to be ingested is neither iterable nor async iterable.');
}

function invalid(message: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { field: 'pairs' } });
}
