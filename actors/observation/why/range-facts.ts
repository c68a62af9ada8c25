import type { MessageRange } from '../../../protocol/messages.ts';
import type { OrderInfo } from '../../../protocol/shape.ts';
import type { FailingFor } from '../../writers-room.ts';
import type { Hold } from './blob-facts.ts';
import type { Surroundings } from './surroundings.ts';

/** What there is in a range of keys, and what is planned for it. Plain data of one moment. */
export interface RangeFacts {
  readonly range: MessageRange;
  readonly around: Surroundings;
  readonly minors: TablesInRange;
  /** Those with tables in the range, from the shallowest. */
  readonly levels: readonly (TablesInRange & { readonly level: number })[];
  /** Compactions under way that touch it. */
  readonly running: readonly OrderInfo[];
  /** The order that is next, if there is one. */
  readonly planned?: { readonly kind: string; readonly reason: string; readonly touches: boolean };
  /** What the planner says of everything that looked like work. */
  readonly notPicked: readonly string[];
  /** Garbage is deleted before anything writes. */
  readonly isGarbageFirst: boolean;
  /** Bytes in the tables that are there for readers of older moments only, about, and who these are. */
  readonly keptBytes: number;
  readonly holds: readonly Hold[];
  /** Entries in the tables that rewriting them could drop, were nobody reading at older moments. */
  readonly obsolete: number;
  /** In memory, in all of the store. */
  readonly memory: { readonly entries: number; readonly bytes: number; readonly sealed: number };
  /** Of planning and merging. */
  readonly failing: readonly FailingFor[];
}

export interface TablesInRange {
  readonly tables: number;
  readonly bytes: number;
}
