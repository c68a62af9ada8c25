import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { BlobStore } from '../../storage/blobs/blob-store.ts';
import { compareBytes, EntryKind } from '../../storage/entry.ts';
import type { JobContext } from '../../storage/jobs/job.ts';
import { type Cursor, next, nextSync } from '../../storage/merge/cursor.ts';
import { BlockSource } from '../../storage/sst/block-source.ts';
import type { TableMeta, TableShape } from '../../storage/sst/table.ts';
import { TableWriter } from '../../storage/sst/table-writer.ts';
import { FakeBlobs } from './fake-blobs.ts';

export const checksum = (bytes: Uint8Array, seed?: number): number => crc32(bytes, seed);

export interface Entry {
  readonly key: Uint8Array;
  readonly seq: number;
  /** undefined: a delete. */
  readonly value: Uint8Array | undefined;
}

export const TINY: TableShape = { blockBytes: 96, tableBytes: 400, bloomBitsPerKey: 10 };
export const LARGE: TableShape = { blockBytes: 32 * 1024, tableBytes: 16 * 1024 * 1024, bloomBitsPerKey: 10 };

export function u64(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function put(key: string | Uint8Array, seq: number, value: string | Uint8Array = `${seq}`): Entry {
  return { key: typeof key === 'string' ? text(key) : key, seq, value: typeof value === 'string' ? text(value) : value };
}

export function del(key: string | Uint8Array, seq: number): Entry {
  return { key: typeof key === 'string' ? text(key) : key, seq, value: undefined };
}

/** Entry order: key ascending, sequence descending. */
export function ordered(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => compareBytes(a.key, b.key) || b.seq - a.seq);
}

/** For comparisons with readable differences. */
export function show(entry: Entry): string {
  return `${hex(entry.key)}@${entry.seq}=${entry.value === undefined ? 'deleted' : hex(entry.value)}`;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Everything that readers, writers and jobs need, over a store in memory. */
export class Bench {
  readonly blobs = new FakeBlobs();
  nextId = 1;

  source(): BlockSource {
    return new BlockSource({ blobs: this.blobs, checksum });
  }

  /** `inThread`: the job reads synchronously, as in a worker; otherwise as in the main thread. */
  context(options: { inThread?: boolean; blobs?: BlobStore; command?: JobContext['control']['command'] } = {}): JobContext {
    const control = { command: options.command ?? (() => 'run' as const), progress: () => {} };
    const turn = options.inThread ? undefined : () => undefined;
    return { blobs: options.blobs ?? this.blobs, checksum, nextBlobId: () => this.nextId++, control, ...(turn && { turn }) };
  }

  async write(entries: readonly Entry[], shape: TableShape = TINY): Promise<TableMeta[]> {
    const writer = new TableWriter({ blobs: this.blobs, checksum, shape, nextBlobId: () => this.nextId++ });
    for (const { key, value, seq } of ordered(entries)) {
      const bytes = new Uint8Array([...key, ...(value ?? [])]);
      const kind = value === undefined ? EntryKind.delete : EntryKind.put;
      await writer.add(bytes, 0, key.length, key.length, bytes.length, kind, seq);
    }
    return writer.finish();
  }
}

export function current(cursor: Cursor): Entry {
  return {
    key: cursor.bytes.slice(cursor.keyStart, cursor.keyEnd),
    seq: cursor.seq,
    value: cursor.kind === EntryKind.delete ? undefined : cursor.bytes.slice(cursor.valueStart, cursor.valueEnd),
  };
}

export function drainSync(cursor: Cursor): Entry[] {
  const entries: Entry[] = [];
  while (nextSync(cursor)) entries.push(current(cursor));
  return entries;
}

export async function drain(cursor: Cursor): Promise<Entry[]> {
  const entries: Entry[] = [];
  while (await next(cursor)) entries.push(current(cursor));
  return entries;
}

/** A cursor over entries that lacks a block before every entry: what a merge must get right. */
export function listCursor(entries: readonly Entry[], options: { reverse?: boolean } = {}): Cursor {
  return new ListCursor(options.reverse ? ordered(entries).reverse() : ordered(entries), options.reverse ?? false);
}

class ListCursor implements Cursor {
  readonly #entries: readonly Entry[];
  readonly #reverse: boolean;
  #at = 0;
  #isFilled = false;
  bytes = new Uint8Array(0);
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  kind = 0;
  seq = 0;

  constructor(entries: readonly Entry[], reverse: boolean) {
    this.#entries = entries;
    this.#reverse = reverse;
  }

  step(): 0 | 1 | 2 {
    if (this.#at === this.#entries.length) return 1;
    if (!this.#isFilled) return 2;
    this.#isFilled = false;
    const { key, value, seq } = this.#entries[this.#at++];
    this.bytes = new Uint8Array([...key, ...(value ?? [])]);
    this.keyEnd = this.valueStart = key.length;
    this.valueEnd = this.bytes.length;
    this.kind = value === undefined ? EntryKind.delete : EntryKind.put;
    this.seq = seq;
    return 0;
  }

  async fill(): Promise<void> {
    this.fillSync();
  }

  fillSync(): void {
    this.#isFilled = true;
  }

  seek(target: Uint8Array): void {
    const wanted = this.#entries.findIndex(({ key }) => (this.#reverse ? compareBytes(key, target) <= 0 : compareBytes(key, target) >= 0));
    this.#at = wanted < 0 ? this.#entries.length : wanted;
  }
}

/** Keys of few, similar bytes, so that prefixes, repetitions and zeros come up. */
export const anyKey = fc.array(fc.constantFrom(0, 1, 97, 255), { maxLength: 9 }).map((bytes) => new Uint8Array(bytes));

/** Entries with keys that repeat and sequences that do not. */
export const anyEntries = fc
  .array(fc.record({ key: anyKey, value: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }) }), { maxLength: 120 })
  .map((list): Entry[] => list.map((entry, index) => ({ ...entry, seq: index + 1 })));
