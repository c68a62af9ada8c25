import type { Work } from '../machines/mailbox/ticket.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { Clock, TimerId } from '../protocol/runtime.ts';
import type { Core } from './core.ts';
import { isAtRest, type Situation, workIn } from './noticing.ts';

/** A little garbage may wait so long for more. */
const TIDY_MS = 500;

interface WorkNoticesParts {
  readonly core: () => Core;
  readonly clock: Clock;
  readonly options: EngineOptions;
  readonly isOpen: () => boolean;
  readonly notice: (work: Work) => void;
}

/** Looks, whenever something has changed, whether the store has work for the compactors, and notices it to the root. */
export class WorkNotices {
  readonly #parts: WorkNoticesParts;
  #tidy: TimerId | undefined;

  constructor(parts: WorkNoticesParts) {
    this.#parts = parts;
  }

  look(): void {
    const { options, notice, clock } = this.#parts;
    const situation = this.situation();
    for (const work of workIn(situation, options)) notice(work);
    if (isAtRest(situation, options)) this.#tidy ??= clock.setTimer(() => this.#tidyUp(), TIDY_MS);
  }

  /** A little garbage waits for more, or for the next moment of rest. */
  get isTidying(): boolean {
    return this.#tidy !== undefined;
  }

  situation(): Situation {
    const { tablet, memtables, clearing } = this.#parts.core();
    const flushable = clearing.wanted ?? memtables.sealed.at(-1)?.memtable.number;
    const { deletable } = tablet.collectable();
    return { flushable, deletable, hasOrder: tablet.planNext().order !== undefined, liveBytes: tablet.liveBytes };
  }

  end(): void {
    if (this.#tidy !== undefined) this.#parts.clock.clearTimer(this.#tidy);
  }

  /** The little garbage that is left when there has been nothing else to do for a moment. */
  #tidyUp(): void {
    const { isOpen, options, notice } = this.#parts;
    this.#tidy = undefined;
    if (isOpen() && isAtRest(this.situation(), options)) notice({ kind: 'collect' });
  }
}
