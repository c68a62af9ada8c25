import type { Engine } from '../../../index.ts';
import { fill } from '../../support/held-engine.ts';

/** So many keys, in batches that fit into the smallest memtables. */
export async function load(engine: Engine, count: number): Promise<void> {
  for (let i = 0; i < count; i += 50) await fill(engine, Math.min(50, count - i), `part${i}-`);
}
