import { MANIFEST_PREFIX, manifestKey } from '../../blobs/keys.ts';
import type { DatabasePut } from '../../database.ts';
import type { Checksum } from '../../jobs/job.ts';
import { type ManifestEntry, type ManifestHead, openEntry, openHead } from '../../tablet/manifest-entry.ts';
import type { LevelEntry } from '../leveldb/entry.ts';

const KEY_BYTES = manifestKey(0).length;
const HEAD = 0;

interface Stored {
  readonly sequence: number;
  /** undefined: deleted. */
  readonly value: Uint8Array | undefined;
}

/** The manifest's entries as a scan finds them, the newest of each number; those that are damaged are as good as not there. */
export class StoredEntries {
  readonly #checksum: Checksum;
  readonly #stored = new Map<number, Stored>();

  constructor(checksum: Checksum) {
    this.#checksum = checksum;
  }

  add({ key, sequence, isPut, isSound, bytes, valueStart, valueEnd }: LevelEntry): void {
    if (key.length !== KEY_BYTES || key[0] !== MANIFEST_PREFIX) return;
    const number = Number(new DataView(key.buffer, key.byteOffset).getBigUint64(1));
    if ((this.#stored.get(number)?.sequence ?? -1) >= sequence) return;
    const value = isPut ? bytes.slice(valueStart, valueEnd) : undefined;
    if (!isSound && !this.#provesItself(number, value)) return;
    this.#stored.set(number, { sequence, value });
  }

  get isEmpty(): boolean {
    return [...this.#stored.values()].every(({ value }) => value === undefined);
  }

  /** What names the newest entry. */
  get head(): ManifestHead | undefined {
    const value = this.#stored.get(HEAD)?.value;
    return value && attempt(() => openHead(value, this.#checksum));
  }

  /** Ascending. */
  get entries(): (ManifestEntry & { readonly checksum: number })[] {
    const numbers = [...this.#stored.keys()].filter((number) => number !== HEAD).sort((a, b) => a - b);
    return numbers.flatMap((number) => this.#entry(number) ?? []);
  }

  /** As they are stored, from an entry to another: what a strict reading takes. */
  puts(from: number, to: number): DatabasePut[] {
    const numbers = [...this.#stored.keys()].filter((number) => number === HEAD || (number >= from && number <= to));
    return numbers
      .sort((a, b) => a - b)
      .flatMap((number) => {
        const value = this.#stored.get(number)?.value;
        return value === undefined ? [] : [{ key: manifestKey(number), value }];
      });
  }

  #entry(number: number): (ManifestEntry & { readonly checksum: number }) | undefined {
    const value = this.#stored.get(number)?.value;
    return value && attempt(() => openEntry(number, value, this.#checksum));
  }

  #provesItself(number: number, value: Uint8Array | undefined): boolean {
    if (value === undefined) return false;
    if (number === HEAD) return attempt(() => openHead(value, this.#checksum)) !== undefined;
    return attempt(() => openEntry(number, value, this.#checksum)) !== undefined;
  }
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
