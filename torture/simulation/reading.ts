import type { Engine } from '../../index.ts';
import type { Shown } from './model.ts';
import type { Content } from './writes.ts';

const utf8 = new TextDecoder();

/** All keys, by a scan. */
export async function keysOf(engine: Engine): Promise<Content> {
  return new Map(await engine.kv.iterator().all());
}

/** What each consumer group of a topic has committed. */
export function groupsOf(engine: Engine, name: string): Map<string, number> {
  return new Map(
    engine
      .topic(name)
      .groups()
      .map(({ group, committed }) => [group, committed]),
  );
}

/** Everything that a topic has now; nothing when it does not exist. */
export async function shownBy(engine: Engine, name: string): Promise<Shown[]> {
  const topic = engine.topic(name);
  if (topic.offsets() === undefined) return [];
  const shown: Shown[] = [];
  for await (const batch of topic.subscribe({ idleTimeout: 0 }).batches()) {
    for (const { offset, key, value } of batch) shown.push({ offset, key: Number(key), value: utf8.decode(value) });
  }
  return shown;
}
