import type { BlobId } from '../../../protocol/messages.ts';
import type { LostKeys, StaleKeys } from '../../../protocol/repair.ts';
import { compareBytes } from '../../entry.ts';
import type { KeySpan } from './table-map.ts';

export interface KeyLoss extends KeySpan {
  readonly blobId: BlobId;
  /** Absent: the blob as a whole. */
  readonly block?: number;
  readonly reason: string;
  /** No entry that was there had a higher sequence. */
  readonly maxSeq: number;
  /** Only what is newest is not known; everything is there. */
  readonly isDoubtOnly?: boolean;
}

interface Tracked {
  readonly loss: KeyLoss;
  first: Uint8Array | undefined;
  last: Uint8Array | undefined;
  stale: number;
}

/** What was lost, and which keys may be stale for that. Asked for keys in their order, after the losses that reach them are known. */
export class KeyLosses {
  readonly #all: Tracked[] = [];
  /** Those that do not end before the key that was asked for last. */
  #active: Tracked[] = [];

  add(loss: KeyLoss): void {
    const tracked: Tracked = { loss, first: undefined, last: undefined, stale: 0 };
    this.#all.push(tracked);
    this.#active.push(tracked);
  }

  /** May a newer version of this key than the one with this sequence have been lost? Then it is noted. */
  isStale(key: Uint8Array, seq: number): boolean {
    if (this.#active.length === 0) return false;
    this.#active = this.#active.filter(({ loss: { to } }) => to === undefined || compareBytes(key, to) <= 0);
    const over = this.#active.find(({ loss: { from, maxSeq } }) => maxSeq > seq && (from === undefined || compareBytes(key, from) >= 0));
    if (over === undefined) return false;
    over.last = key.slice();
    over.first ??= over.last;
    over.stale++;
    return true;
  }

  /** `withDoubts`: what was only in doubt was left out. */
  lost(withDoubts: boolean): LostKeys[] {
    return this.#all
      .filter(({ loss, stale }) => !loss.isDoubtOnly || (withDoubts && stale > 0))
      .map(({ loss: { from, to, ...loss } }) => ({
        what: 'keys',
        ...(from && { from }),
        ...(to && { to }),
        ...placeOf(loss),
      }));
  }

  get stale(): StaleKeys[] {
    return this.#all.flatMap(({ loss, first, last, stale }) =>
      first === undefined || last === undefined ? [] : [{ from: first, to: last, entries: stale, ...placeOf(loss) }],
    );
  }
}

function placeOf({ blobId, block, reason }: Pick<KeyLoss, 'blobId' | 'block' | 'reason'>) {
  return { blobId, ...(block !== undefined && { block }), reason };
}
