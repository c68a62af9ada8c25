const FIRST = 8;
const CHUNK_BITS = 13;
const CHUNK = 1 << CHUNK_BITS;
const MASK = CHUNK - 1;

/**
 * A growing list of unsigned 32-bit numbers. It doubles while it is small, then grows by chunks: a partition of few
 * records takes few bytes, and one of many never holds the thread to be copied.
 */
export class Positions {
  readonly #chunks: Uint32Array[] = [];
  #last: Uint32Array = new Uint32Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const slot = this.#length & MASK;
    if (slot === this.#last.length || slot === 0) this.#grow(slot);
    this.#last[slot] = value;
    this.#length++;
  }

  at(index: number): number {
    return this.#chunks[index >>> CHUNK_BITS][index & MASK];
  }

  #grow(slot: number): void {
    const isFirst = this.#length < CHUNK;
    const larger = new Uint32Array(isFirst ? Math.max(FIRST, 2 * slot) : CHUNK);
    if (slot > 0) larger.set(this.#last);
    if (slot > 0) this.#chunks.pop();
    this.#chunks.push(larger);
    this.#last = larger;
  }
}
