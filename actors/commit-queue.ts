import { LithifyError } from '../protocol/errors.ts';
import { Memtable } from '../storage/memtable/memtable.ts';
import { GroupBuilder, MOST_PREFIX_BYTES } from '../storage/wal/group.ts';

/** One write of a caller: lands whole or not at all. */
export interface WriteOperation {
  readonly type: 'put' | 'del';
  readonly key: Uint8Array;
  /** Present for a put. */
  readonly value?: Uint8Array;
}

/** Writes that go to disk together. All their callers wait for one promise. */
export interface CommitGroup {
  readonly builder: GroupBuilder;
  readonly done: Promise<void>;
  sync: boolean;
  resolve(): void;
  reject(error: LithifyError): void;
}

const MiB = 1024 * 1024;

/**
 * Groups gather here while one is under way. The last one is open for more, up to about 1 MiB. A group never spans two
 * memtables, so none is made that an empty memtable cannot hold, the nodes of its index included.
 */
export class CommitQueue {
  readonly #groups: CommitGroup[] = [];
  readonly #spare: GroupBuilder[] = [];
  readonly #memtableBytes: number;
  readonly #groupBytes: number;
  readonly #maxBytes: number;

  constructor({ memtableBytes }: { memtableBytes: number }) {
    this.#memtableBytes = memtableBytes;
    this.#maxBytes = Math.floor(memtableBytes / 2);
    this.#groupBytes = Math.min(MiB, this.#maxBytes);
  }

  get length(): number {
    return this.#groups.length;
  }

  get head(): CommitGroup | undefined {
    return this.#groups[0];
  }

  /** The group's promise; nothing is queued when the write is refused. */
  put(key: Uint8Array, value: Uint8Array, sync: boolean): Promise<void> {
    const group = this.#openFor(key.length + value.length, 1, sync);
    group.builder.put(key, value);
    return group.done;
  }

  delete(key: Uint8Array, sync: boolean): Promise<void> {
    const group = this.#openFor(key.length, 1, sync);
    group.builder.delete(key);
    return group.done;
  }

  batch(operations: readonly WriteOperation[], sync: boolean): Promise<void> {
    if (operations.length === 0) return Promise.resolve();
    const group = this.#openFor(sizeOf(operations), operations.length, sync);
    for (const { key, value } of operations) {
      if (value === undefined) group.builder.delete(key);
      else group.builder.put(key, value);
    }
    return group.done;
  }

  /** Takes the head group out: from here on nothing is added to it. */
  shift(): CommitGroup | undefined {
    return this.#groups.shift();
  }

  /** The group has been settled; its buffer serves the next one. */
  recycle(group: CommitGroup): void {
    group.builder.reset();
    if (this.#spare.length < 2) this.#spare.push(group.builder);
  }

  refuseAll(error: LithifyError): void {
    for (const group of this.#groups.splice(0)) group.reject(error);
  }

  #openFor(bytes: number, count: number, sync: boolean): CommitGroup {
    const last = this.#groups.at(-1);
    const group = last !== undefined && this.#fitsGroup(last.builder, bytes, count) ? last : this.#open(bytes, count);
    if (sync) group.sync = true;
    return group;
  }

  #fitsGroup(builder: GroupBuilder, bytes: number, count: number): boolean {
    return builder.bytes + bytes <= this.#groupBytes && this.#fitsMemtable(builder.bytes + bytes, builder.count + count);
  }

  #fitsMemtable(bytes: number, count: number): boolean {
    return Memtable.canHold(this.#memtableBytes, bytes + count * MOST_PREFIX_BYTES, count);
  }

  #open(bytes: number, count: number): CommitGroup {
    if (bytes > this.#maxBytes || !this.#fitsMemtable(bytes, count)) throw tooLarge(bytes, count, this.#memtableBytes);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const builder = this.#spare.pop() ?? new GroupBuilder();
    const group: CommitGroup = { builder, done: promise, sync: false, resolve, reject };
    this.#groups.push(group);
    return group;
  }
}

function sizeOf(operations: readonly WriteOperation[]): number {
  let bytes = 0;
  for (const { key, value } of operations) bytes += key.length + (value?.length ?? 0);
  return bytes;
}

function tooLarge(bytes: number, entries: number, memtableBytes: number): LithifyError {
  return new LithifyError(
    'LITHIFY_INVALID_ARGUMENT',
    `A write of ${bytes} bytes in ${entries} entries is too large for memtables of ${memtableBytes}: it may take half of one, and its index the rest. Split the batch, or open with a larger memtableBytes.`,
    { details: { bytes, entries, memtableBytes } },
  );
}
