const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** What happened, in order. The digest covers all of it; of the lines the last ones are kept. */
export class Trace {
  readonly #kept: number;
  #lines: string[] = [];
  #hash = FNV_OFFSET;
  length = 0;

  constructor(kept: number) {
    this.#kept = kept;
  }

  add(line: string): void {
    this.length++;
    for (let i = 0; i < line.length; i++) this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), FNV_PRIME);
    this.#hash = Math.imul(this.#hash ^ 10, FNV_PRIME);
    this.#lines.push(line);
    if (this.#lines.length >= 2 * this.#kept) this.#lines = this.#lines.slice(-this.#kept);
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#kept);
  }

  /** Eight hexadecimal digits, and how many lines they are of. */
  get digest(): string {
    return `${(this.#hash >>> 0).toString(16).padStart(8, '0')}-${this.length}`;
  }
}
