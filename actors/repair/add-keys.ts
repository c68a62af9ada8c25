import { MAX_PAIR_BYTES } from '../../storage/ingest/packed-pairs.ts';
import type { Core } from '../core.ts';
import { ingest, type RawPair } from '../ingest.ts';

/** Brings pairs, which ascend, into a new store; how many there were. `maxBytes`: of the largest, about. */
export async function addKeys(core: Core, pairs: AsyncIterable<RawPair>, maxBytes: number): Promise<number> {
  if (maxBytes <= MAX_PAIR_BYTES) return (await ingest(core, pairs)).entries;
  let large = 0;
  /** What no table takes that way goes through the log. */
  async function* others(): AsyncGenerator<RawPair, void, undefined> {
    for await (const pair of pairs) {
      const [key, value] = pair;
      if (key.length + value.length <= MAX_PAIR_BYTES) yield pair;
      else {
        await core.writer.put(key, value);
        large++;
      }
    }
  }
  const { entries } = await ingest(core, others());
  return entries + large;
}
