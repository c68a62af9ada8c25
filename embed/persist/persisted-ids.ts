import type { Engine } from '../../kv/engine.ts';
import { withoutActor } from './claims.ts';
import { checkedTopic, FORGOTTEN, historyRecord } from './histories.ts';
import { checkedId, keyOf, PREFIX, PREFIX_END } from './keys.ts';
import { checkedEngine, expectOptions } from './options.ts';

/** What `forget` takes; all of it may be left out. */
export interface ForgetOptions {
  /** Where its history is. Default 'lithify.actors'. */
  readonly topic?: string;
}

/** The ids of all actors that are stored, in the order of their UTF-8, as they are when this is called. */
export async function* persistedIds(engine: Engine): AsyncGenerator<string, void, undefined> {
  for await (const key of checkedEngine('persistedIds', engine).kv.keys({ gte: PREFIX, lt: PREFIX_END })) yield key.slice(PREFIX.length);
}

/**
 * Deletes an actor's state, and hides its history, which goes when its topic is compacted. false: there was none.
 * LITHIFY_CONFLICT: the actor runs; stop it before. LITHIFY_INVALID_ARGUMENT: an argument.
 */
export async function forget(engine: Engine, id: string, options: ForgetOptions = {}): Promise<boolean> {
  checkedEngine('forget', engine);
  expectOptions('forget', options, ['topic']);
  const topic = checkedTopic(options.topic);
  const key = keyOf(checkedId(id));
  return withoutActor(engine, id, async () => {
    if (!(await engine.kv.has(key))) return false;
    const hasHistory = engine.topic(topic).partitions !== undefined;
    await engine.write((tx) => {
      tx.del(key);
      if (hasHistory) tx.produce(topic, historyRecord(id, 0, undefined, FORGOTTEN));
    });
    return true;
  });
}
