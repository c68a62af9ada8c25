const NEWLINE = 0x0a;

/** Cuts chunks into lines (without their ends), holding at most one unfinished line. */
export class LineSplitter {
  readonly #limit: number;
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  /** `limit`: bytes a line may have; input without line ends must not fill the memory. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that this chunk finishes; undefined in place of a line that is over the limit, and nothing after it. */
  split(chunk: Uint8Array): (Uint8Array | undefined)[] {
    const lines: (Uint8Array | undefined)[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(this.#finish(chunk.subarray(start, end)));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    if (this.#restBytes > this.#limit) lines.push(undefined);
    return lines;
  }

  /** What follows the last line end. */
  end(): Uint8Array | undefined {
    return this.#restBytes === 0 ? undefined : this.#finish(new Uint8Array(0));
  }

  #finish(tail: Uint8Array): Uint8Array | undefined {
    if (this.#restBytes === 0) return tail.length > this.#limit ? undefined : tail;
    this.#keep(tail);
    const line = Buffer.concat(this.#rest, this.#restBytes);
    this.#rest = [];
    this.#restBytes = 0;
    return line.length > this.#limit ? undefined : line;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#rest.push(part);
    this.#restBytes += part.length;
  }
}

/** Spaces, tabs and carriage returns only. */
export function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
