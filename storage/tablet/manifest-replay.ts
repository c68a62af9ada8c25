import type { LithifyError } from '../../protocol/errors.ts';
import { manifestKey, manifestNumberOf } from '../blobs/keys.ts';
import type { DatabasePut } from '../database.ts';
import { compareBytes } from '../entry.ts';
import type { Checksum } from '../jobs/job.ts';
import { FieldError } from './fields.ts';
import { decodeEdit } from './manifest-codec.ts';
import type { ManifestEntry } from './manifest-entry.ts';
import { damaged, expectSame, openEntry, openHead } from './manifest-entry.ts';
import type { ManifestState } from './manifest-state.ts';
import { applyToState, emptyState } from './manifest-state.ts';

/** Where the chain of entries stands; what the next entry continues. */
export interface Chain {
  readonly state: ManifestState;
  /** Numbers of the oldest (always a snapshot) and the newest entry; 0 when there is none. */
  readonly first: number;
  readonly last: number;
  readonly checksum: number;
  readonly snapshotBytes: number;
  /** Bytes of the entries after the snapshot. */
  readonly editBytes: number;
}

export const NO_CHAIN: Chain = { state: emptyState(), first: 0, last: 0, checksum: 0, snapshotBytes: 0, editBytes: 0 };

/** Every entry is checked: frame, number, chain, content. Throws LITHIFY_CORRUPTION naming the first that is wrong. */
export function replay(stored: readonly DatabasePut[], checksum: Checksum): Chain {
  const [headPut, ...puts] = stored;
  if (compareBytes(headPut.key, manifestKey(0)) !== 0) throw damaged('the head', 'it before all entries', 'it missing');
  const head = openHead(headPut.value, checksum);
  const first = puts.length === 0 ? head.number : manifestNumberOf(puts[0].key);
  let chain: Chain = { ...NO_CHAIN, first, last: first - 1 };
  for (const put of puts) chain = follow(chain, put, checksum);
  if (chain.last < head.number) throw missing(chain.last + 1);
  expectSame('the newest entry', 'number', head.number, chain.last);
  expectSame('the newest entry', 'checksum', head.checksum, chain.checksum);
  return chain;
}

function follow(chain: Chain, { key, value }: DatabasePut, checksum: Checksum): Chain {
  const number = chain.last + 1;
  if (compareBytes(key, manifestKey(number)) !== 0) throw missing(number);
  const entry = openEntry(number, value, checksum);
  const isFirst = number === chain.first;
  // An edit continues what was before it.
  if (isFirst && entry.type === 'edit') throw missing(number - 1);
  if (!isFirst && entry.type === 'snapshot') throw damaged(`entry ${number}`, 'an edit', 'a snapshot');
  if (!isFirst) expectSame(`entry ${number}`, 'previous checksum', chain.checksum, entry.previous);
  return {
    state: stateAfter(chain.state, entry),
    first: chain.first,
    last: number,
    checksum: entry.checksum,
    snapshotBytes: isFirst ? value.length : chain.snapshotBytes,
    editBytes: isFirst ? 0 : chain.editBytes + value.length,
  };
}

function missing(number: number): LithifyError {
  return damaged(`entry ${number}`, 'it under its key', 'it missing');
}

function stateAfter(state: ManifestState, entry: ManifestEntry): ManifestState {
  try {
    const next = applyToState(state, decodeEdit(entry.payload));
    return { ...next, version: { ...next.version, number: entry.number } };
  } catch (cause) {
    const [expected, found] = cause instanceof FieldError ? [cause.expected, cause.found] : ['a sound change of the tree', String(cause)];
    throw damaged(`entry ${entry.number}`, expected, found, cause);
  }
}
