import { ModelKeys, within } from './model-keys.ts';
import { ModelTopics } from './model-topics.ts';
import type { Of } from './operations.ts';
import type { Performer, Visible } from './performer.ts';
import { settled } from './player.ts';

/** What a store ought to show, from maps and arrays alone: would all configurations be wrong in the same way, it is not. */
export function modelPerformer(): Performer {
  const keys = new ModelKeys();
  const topics = new ModelTopics();
  const nothing = async () => null;
  const content = async (): Promise<Visible> => [within(keys.content, {}).map(([key, value]) => `${key}=${value}`), topics.all()];
  const performer: Performer = {
    ...keys.keyOperations(),
    ...keys.readerOperations(),
    ...topics.operations(),
    ...{ ask: nothing, askBeside: nothing, compactRange: nothing, pause: nothing, end: nothing },
    write: async (operation) => write(keys, topics, operation),
    size: async () => true,
    verify: async () => [],
    checkpoint: content,
    reopen: async () => {
      keys.letGo();
      topics.letGo();
      return null;
    },
    atOnce: async ({ operations }) => {
      const seen: Visible[] = [];
      for (const operation of operations) seen.push(await settled(performer, operation));
      return seen;
    },
  };
  return performer;
}

/** All of it or nothing, but for the topics, which are made before. */
function write(keys: ModelKeys, topics: ModelTopics, { writes, records, expects, commit }: Of<'write'>): Visible {
  for (const [topic] of records) topics.make(topic);
  const holds = expects.every((one) => {
    if ('value' in one) return keys.content.get(one.key) === one.value;
    return one.is === 'found' || !keys.content.has(one.key);
  });
  if (!holds) return '! LITHIFY_CONFLICT';
  keys.write(writes);
  if (commit !== undefined) topics.commitFirst(commit);
  return records.map(([topic, record]) => topics.append(topic, record));
}
