import type { Engine } from 'lithify';
import type { Entry } from './compare.ts';
import type { Change } from './history.ts';
import type { WriteChanges } from './replay.ts';

type Operation = { type: 'put'; key: Uint8Array; value: Uint8Array } | { type: 'del'; key: Uint8Array };

/** Writes history into the key-value table: path → `mode id`. What is given together is one atomic batch. */
export function toTable(engine: Engine): WriteChanges {
  return (changes) => engine.kv.batch<Uint8Array, Uint8Array>(changes.map(operationOf), { keyEncoding: 'view', valueEncoding: 'view' });
}

function operationOf({ path, entry }: Change): Operation {
  return entry === null ? { type: 'del', key: path } : { type: 'put', key: path, value: Buffer.from(entry, 'latin1') };
}

/** What is there, in the order of its bytes. */
export async function* readTable(engine: Engine): AsyncGenerator<Entry, void> {
  for await (const [path, value] of engine.kv.iterator<Uint8Array, Uint8Array>({ keyEncoding: 'view', valueEncoding: 'view' })) {
    yield { path, entry: Buffer.from(value).toString('latin1') };
  }
}
