import type { BlobId, MessageKey } from '../../../protocol/messages.ts';
import type { LeaseInfo, OrderInfo } from '../../../protocol/shape.ts';
import type { SnapshotStats } from '../../../protocol/stats.ts';
import type { Surroundings } from './surroundings.ts';

/** All that is known of one blob at one moment. Plain data. */
export interface BlobFacts {
  readonly id: BlobId;
  readonly around: Surroundings;
  /** It is a sorted table of the newest version. */
  readonly table?: TableFacts;
  /** It holds parts of topics, by partition. */
  readonly logs: readonly LogFacts[];
  /** It is a large value of a record in a part of this partition. */
  readonly recordOf?: LogFacts;
  /** It is a large value whose record is in the write-ahead log, or on its way there. */
  readonly isStaged: boolean;
  readonly garbage?: GarbageFacts;
  /** A running order has written it. */
  readonly outputOf?: OrderInfo;
  /** An ingest has written it. */
  readonly ingest?: { readonly isTaking: boolean; readonly tables: number };
  /** It can be read; undefined: LevelDB is being opened again, nobody can tell. */
  readonly isStored?: boolean;
  /** Some blob has, or had, this id. */
  readonly wasGiven: boolean;
}

export type Hold = Omit<SnapshotStats, 'pinnedBytes'>;

export interface TableFacts {
  /** 'minor', or the index of its level. */
  readonly place: 'minor' | number;
  readonly bytes: number;
  readonly entries: number;
  readonly tombstones: number;
  /** Old versions and tombstones, of which some may be counted twice. */
  readonly obsolete: number;
  readonly shadowed: number;
  readonly shadowedBytes: number;
  readonly minKey: MessageKey;
  readonly maxKey: MessageKey;
  readonly origin?: { readonly by: string; readonly version: number; readonly ageMs: number };
  /** Deeper tables share keys with it. */
  readonly hasOlder: boolean;
  /** Who reads at moments between its versions; what these see stays. */
  readonly holds: readonly Hold[];
  /** 0 to 1: how much of it range deletes cover, and how much of that rewriting it would free now. */
  readonly deletedShare: number;
  readonly freeableShare: number;
  /** Who keeps what range deletes cover. */
  readonly deletedHolds: readonly Hold[];
  readonly order?: OrderInfo;
}

/** Its parts of one topic partition. */
export interface LogFacts {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
  readonly bytes: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** A compaction has written all of it. */
  readonly isCompacted: boolean;
  /** undefined: nothing compacts the topic. */
  readonly rules?: LogRules;
}

export interface LogRules {
  readonly hasStrategy: boolean;
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
  readonly dirtyBytes: number;
  readonly totalBytes: number;
  readonly compactionThreshold: number;
  readonly minDirtyRatio: number;
  /** Of its compactor, such as 'idle'. */
  readonly state: string;
  readonly error?: { readonly code: string; readonly message: string };
  /** Groups that are waited for and have not read all of it; `committed` absent: they have read nothing. */
  readonly unreadBy: readonly { readonly group: string; readonly committed?: number }[];
}

export interface GarbageFacts {
  readonly bytes: number;
  /** The first version without it. */
  readonly since: number;
  /** Who reads a version that has it, oldest first. */
  readonly holders: readonly LeaseInfo[];
  readonly collection: CollectionFacts;
}

export interface CollectionFacts {
  /** Of all garbage that nobody sees. */
  readonly deletableBytes: number;
  /** From so many on a collection starts by itself at once. */
  readonly startsAtBytes: number;
  /** A timer runs after which little garbage is collected too, if the store is at rest. */
  readonly isTidying: boolean;
  /** The last collections failed. */
  readonly failing?: { readonly forMs: number; readonly code: string; readonly message: string };
}
