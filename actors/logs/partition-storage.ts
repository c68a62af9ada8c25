import type { Offset } from '../../protocol/log.ts';
import type { LogLoad } from './when-to-compact.ts';

/** One pass of a run over a topic partition. */
export interface Pass {
  /** Registrations are numbered over the life of the engine, runs in a registration, passes in a run: together they name the pass. */
  readonly registration: number;
  readonly run: number;
  readonly pass: number;
  /** Records from here on are fed to the strategy; 0 in a run's first pass. */
  readonly from: Offset;
  /** The last record that the pass covers. */
  readonly end: Offset;
  readonly signal: AbortSignal;
}

/**
 * What a log compactor works with: one topic partition. Every promise settles when its work has stopped, also after
 * `signal` (it then rejects with LITHIFY_ABORTED), and rejects with coded errors.
 */
export interface PartitionStorage {
  /** The topic's name, for events and statistics. */
  readonly topic: string;
  /** Called after every commit: it should only add up what is counted already. */
  load(): LogLoad;
  /** The same without ages, for who looks at thousands of partitions. May throw where the topic was dropped. */
  amount(): Pick<LogLoad, 'dirtyBytes' | 'totalBytes'>;
  /** Once, before the first run under a registration. */
  recover(signal: AbortSignal): Promise<void>;
  /** Everything that was acknowledged before the call becomes parts. `end`: the partition's last record; undefined: it has none. */
  ageActive(signal: AbortSignal): Promise<{ readonly end?: Offset | undefined }>;
  /** Feeds the strategy. `overflowAt`: the first record that it had no room for; always above `pass.from`. */
  analyze(pass: Pass): Promise<{ readonly overflowAt?: Offset | undefined }>;
  /** Decides which parts are rewritten, by which rules, and where the output goes. */
  newWork(pass: Pass): Promise<void>;
  rewrite(pass: Pass): Promise<void>;
  /** One commit of the manifest. If it fails it may be on disk all the same: what was written must not be deleted then. */
  swap(pass: Pass): Promise<void>;
  /** The run ended between `analyze` and `swap`: what was written for it is garbage. What is left is swept at the next open. */
  discard(): Promise<void>;
}
