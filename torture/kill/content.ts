import type { Engine } from '../../index.ts';
import type { TopicName } from './operations.ts';

/** A record as it is found; its key is in its operation. */
export interface FoundRecord {
  readonly offset: number;
  readonly key: bigint;
  readonly value: string;
}

/** `topic/partition`. */
export type Place = `${TopicName}/${number}`;

/** All that a store gives when it is read from end to end. */
export interface Content {
  readonly keys: ReadonlyMap<string, string>;
  /** In the order in which they are read. */
  readonly records: ReadonlyMap<Place, readonly FoundRecord[]>;
  /** The offset that a place's next record gets. */
  readonly next: ReadonlyMap<Place, number>;
  /** How far the group has read `solo`. */
  readonly committed: number | undefined;
}

const PLACES: readonly (readonly [TopicName, number])[] = [
  ['solo', 0],
  ['folded', 0],
  ['mixed', 0],
  ['mixed', 1],
];

export async function contentOf(engine: Engine): Promise<Content> {
  const keys = new Map(await engine.kv.iterator().all());
  const records = new Map<Place, FoundRecord[]>();
  const next = new Map<Place, number>();
  const there = new Set(engine.topics().map(({ name }) => name));
  for (const [topic, partition] of PLACES) {
    const place: Place = `${topic}/${partition}`;
    records.set(place, there.has(topic) ? await recordsIn(engine, topic, partition) : []);
    next.set(place, engine.topic(topic).offsets(partition)?.next ?? 0);
  }
  return { keys, records, next, committed: engine.topic('solo').groups()[0]?.committed };
}

async function recordsIn(engine: Engine, topic: string, partition: number): Promise<FoundRecord[]> {
  const text = new TextDecoder();
  const found: FoundRecord[] = [];
  for await (const record of engine.topic(topic).subscribe({ partition, idleTimeout: 0 })) {
    found.push({ offset: record.offset, key: record.key, value: text.decode(record.value) });
  }
  return found;
}
