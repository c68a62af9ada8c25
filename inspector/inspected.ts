import type { Engine } from '../kv/engine.ts';

/** What the page needs of an engine. */
export type Inspected = Pick<
  Engine,
  'location' | 'stats' | 'actors' | 'recorder' | 'shape' | 'topics' | 'topic' | 'why' | 'ask' | 'events$'
>;
