import { type Engine, LithifyError, type Topic } from '../../index.ts';

/** A mistyped name must not become a topic. */
export function existingTopic(engine: Engine, name: string): Topic & { readonly partitions: number } {
  const topic = engine.topic(name);
  if (hasPartitions(topic)) return topic;
  throw new LithifyError('LITHIFY_NOT_FOUND', `There is no topic ${JSON.stringify(name)}; lithify log topics lists those that there are.`);
}

function hasPartitions(topic: Topic): topic is Topic & { readonly partitions: number } {
  return topic.partitions !== undefined;
}
