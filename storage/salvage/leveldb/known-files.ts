import type { LogRecord } from './log-file.ts';
import { readVarint, varintEnd } from './varint.ts';

/** The files that a LevelDB consists of, by their numbers. */
export interface KnownFiles {
  readonly tables: ReadonlySet<number>;
  /** What was not in a table yet is in this log, and in later ones. */
  readonly log: number;
}

/** version_edit.cc; all but the strings are varints. */
const TAGS = { comparator: 1, log: 2, nextFile: 3, lastSequence: 4, compactPointer: 5, deleted: 6, added: 7, previousLog: 9 } as const;

/** What LevelDB's own MANIFEST says; undefined: it is damaged, or not of the kind that we know. */
export function knownFiles(records: readonly LogRecord[]): KnownFiles | undefined {
  const tables = new Set<number>();
  let log: number | undefined;
  for (const { payload, isSound } of records) {
    if (!isSound) return undefined;
    const fields = new Fields(payload);
    while (!fields.isAtEnd) {
      const tag = fields.number();
      if (tag === TAGS.comparator) fields.skipBytes();
      else if (tag === TAGS.log) log = fields.number();
      else if (tag === TAGS.compactPointer) {
        fields.number();
        fields.skipBytes();
      } else if (tag === TAGS.deleted) {
        fields.number();
        tables.delete(fields.number());
      } else if (tag === TAGS.added) {
        fields.number();
        tables.add(fields.number());
        fields.number();
        fields.skipBytes();
        fields.skipBytes();
      } else if (tag === TAGS.nextFile || tag === TAGS.lastSequence || tag === TAGS.previousLog) fields.number();
      else return undefined;
    }
    if (fields.isBroken) return undefined;
  }
  return log === undefined ? undefined : { tables, log };
}

class Fields {
  readonly #bytes: Uint8Array;
  #at = 0;
  isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.isBroken || this.#at >= this.#bytes.length;
  }

  number(): number {
    const value = readVarint(this.#bytes, this.#at, this.#bytes.length);
    if (value === undefined) this.isBroken = true;
    else this.#at = varintEnd();
    return value ?? 0;
  }

  skipBytes(): void {
    const length = this.number();
    this.#at += length;
    if (this.#at > this.#bytes.length) this.isBroken = true;
  }
}
