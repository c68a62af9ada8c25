import type { WriteOperation } from '../actors/commit-queue.ts';
import { LithifyError } from '../protocol/errors.ts';
import type { NewRecord, Offset } from '../protocol/log.ts';

/** UTF-8 text, or bytes. */
export type TxKey = string | Uint8Array;

/** What a callback of `engine.write` has asked for. */
export interface Wanted {
  readonly operations: readonly WriteOperation[];
  readonly records: readonly { readonly topic: string; readonly record: NewRecord }[];
  readonly commits: readonly { readonly group: string; readonly topic: string; readonly offset: Offset; readonly partition: number }[];
  readonly expectations: readonly { readonly key: Uint8Array; readonly value: Uint8Array | undefined }[];
}

const utf8 = new TextEncoder();

/**
 * Collects one write over keys and topics; nothing happens before the callback has returned, and then everything does or
 * nothing. Later operations on a key win over earlier ones.
 */
export class Transaction {
  readonly #operations: WriteOperation[] = [];
  readonly #records: Wanted['records'][number][] = [];
  readonly #commits: Wanted['commits'][number][] = [];
  readonly #expectations: Wanted['expectations'][number][] = [];
  #isOver = false;

  /** Stores a value under a key. */
  put(key: TxKey, value: TxKey): void {
    this.#assertOpen();
    this.#operations.push({ type: 'put', key: bytesOf(key, 'key'), value: bytesOf(value, 'value') });
  }

  /** Deletes a key; one that is not there is fine. */
  del(key: TxKey): void {
    this.#assertOpen();
    this.#operations.push({ type: 'del', key: bytesOf(key, 'key') });
  }

  /** The topic is made if it is missing, and stays even if the write is refused. */
  produce(topic: string, record: NewRecord): void {
    this.#assertOpen();
    this.#records.push({ topic, record });
  }

  /** The group has consumed everything up to and including this offset. */
  commit(group: string, topic: string, offset: Offset, partition = 0): void {
    this.#assertOpen();
    this.#commits.push({ group, topic, offset, partition });
  }

  /** Compare and set: the write is refused with LITHIFY_CONFLICT unless the key has this value then; undefined: is not there. */
  expect(key: TxKey, value: TxKey | undefined): void {
    this.#assertOpen();
    this.#expectations.push({ key: bytesOf(key, 'key'), value: value === undefined ? undefined : bytesOf(value, 'value') });
  }

  /** Once, by `engine.write`. */
  end(): Wanted {
    this.#isOver = true;
    return { operations: this.#operations, records: this.#records, commits: this.#commits, expectations: this.#expectations };
  }

  #assertOpen(): void {
    if (!this.#isOver) return;
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', 'This write is over: a transaction is filled before its callback returns.');
  }
}

/** Copies bytes: what the caller does with its own afterwards is its own affair. */
function bytesOf(given: TxKey, what: string): Uint8Array {
  if (typeof given === 'string') return utf8.encode(given);
  if (given instanceof Uint8Array) return given.slice();
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `A ${what} is ${given === null ? 'null' : typeof given}; it must be text or bytes.`, {
    details: { field: what },
  });
}
