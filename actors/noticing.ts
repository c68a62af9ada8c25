import type { Work } from '../machines/mailbox/ticket.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { Garbage } from '../storage/tablet/contract.ts';
import { bytesOf } from '../storage/tablet/ranges.ts';

/** What is looked at to tell whether there is work. */
export interface Situation {
  /** Newest memtable that should not wait: sealed, or the active one when flushing it gives disk back. */
  readonly flushable: number | undefined;
  readonly hasOrder: boolean;
  readonly deletable: readonly Garbage[];
  /** Bytes of live tables. */
  readonly liveBytes: number;
}

/** Garbage is collected when it is so large a part of the live bytes; less of it when the store has come to rest. */
const GARBAGE_SHARE = 0.15;

/** So much that it is deleted before anything makes more of it. */
export function isMuchGarbage(garbageBytes: number, liveBytes: number, { tableBytes }: Pick<EngineOptions, 'tableBytes'>): boolean {
  return garbageBytes >= muchGarbage(liveBytes, { tableBytes });
}

/** From so many bytes on. */
export function muchGarbage(liveBytes: number, { tableBytes }: Pick<EngineOptions, 'tableBytes'>): number {
  return Math.max(tableBytes, liveBytes * GARBAGE_SHARE);
}

/** Which work there is now. Pure: what was noticed before a crash, a failure or a pause is noticed again after it. */
export function workIn(situation: Situation, options: Pick<EngineOptions, 'tableBytes'>): Work[] {
  const { flushable, hasOrder, deletable, liveBytes } = situation;
  const found: Work[] = [];
  if (flushable !== undefined) found.push({ kind: 'flush', memtable: flushable });
  if (hasOrder) found.push({ kind: 'plan', order: 'background' });
  if (isMuchGarbage(bytesOf(deletable), liveBytes, options)) found.push({ kind: 'collect' });
  return found;
}

/** Nothing to do but delete a little: not worth doing between two orders, since each collection costs LevelDB a flush. */
export function isAtRest(situation: Situation, options: Pick<EngineOptions, 'tableBytes'>): boolean {
  return situation.deletable.length > 0 && workIn(situation, options).length === 0;
}
