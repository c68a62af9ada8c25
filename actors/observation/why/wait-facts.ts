import type { LogCompactorStats } from '../../../protocol/stats.ts';
import type { StandingLook } from '../../writers-room.ts';
import type { Surroundings } from './surroundings.ts';

/** Everybody who may be waiting. Plain data of one moment. */
export interface WaitFacts {
  readonly around: Surroundings;
  readonly writers: {
    /** Groups in the commit queue, and what they hold in memory. */
    readonly groups: number;
    readonly bytes: number;
    readonly standing?: StandingLook;
    /** Why they are slowed. */
    readonly slowed?: string;
    /** Somebody has, or will have next, the writer for itself. */
    readonly exclusive?: { readonly why: string; readonly isRunning: boolean };
  };
  /** Requests for which the mailbox has no room. */
  readonly outside: number;
  /** Of topics that are compacted. */
  readonly logs: readonly LogCompactorStats[];
}
