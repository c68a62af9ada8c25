import type { Offset } from '../../../protocol/log.ts';

/** The newest n offsets of one key. Grows with what it holds, up to n. */
export class NewestOffsets {
  readonly #n: number;
  readonly #ring: Offset[] = [];
  #next = 0;
  #isCut = false;

  constructor(n: number) {
    this.#n = n;
  }

  /** `cuts`: nothing older is to be kept. */
  push(offset: Offset, cuts: boolean): void {
    if (cuts) {
      this.#ring.length = 0;
      this.#next = 0;
      this.#isCut = true;
    }
    this.#ring[this.#next] = offset;
    this.#next = this.#next + 1 === this.#n ? 0 : this.#next + 1;
  }

  get oldest(): Offset {
    return this.#ring.length === this.#n ? this.#ring[this.#next] : this.#ring[0];
  }

  /** Is it known that everything older goes, whatever was not seen? */
  get isWhole(): boolean {
    return this.#isCut || this.#ring.length === this.#n;
  }
}
