import { checksum } from '../../../platform/checksum.ts';
import { manifestKey } from '../../../storage/blobs/keys.ts';
import type { LogEdit } from '../../../storage/log/catalog.ts';
import { Knowledge } from '../../../storage/salvage/manifest/knowledge.ts';
import type { VersionEdit } from '../../../storage/tablet/contract.ts';
import { FieldError, FieldWriter, readFields } from '../../../storage/tablet/fields.ts';
import { decodeLogEdit, encodeLogEdit } from '../../../storage/tablet/log-codec.ts';
import { decodeEdit, encodeEdit } from '../../../storage/tablet/manifest-codec.ts';
import { frameEntry, frameHead, openEntry, openHead } from '../../../storage/tablet/manifest-entry.ts';
import { replay } from '../../../storage/tablet/manifest-replay.ts';
import { applyToState, EMPTY_EDIT, emptyState } from '../../../storage/tablet/manifest-state.ts';
import { bytesOf, type Decoder, isCoded, must, mustEqual, resealed } from '../decoder.ts';
import { joined } from '../mutations.ts';

const NUMBER = 4;
const PREVIOUS = 99;

const TABLE = {
  ...{ id: 2 ** 40, blocks: 3, bytes: 900, entries: 7, tombstones: 1, shadowed: 1, shadowedBytes: 9, heldBetween: 2, clearedTo: 4 },
  ...{ minKey: bytesOf('a'), maxKey: bytesOf('m'), minSeq: 5, maxSeq: 9 },
};
const PART = {
  ...{ blob: { id: 8, blocks: 3, bytes: 300 }, firstBlock: 0, blocks: 2, firstOffset: 0, lastOffset: 6, records: 7, bytes: 200 },
  ...{ minTimestamp: -4.5, maxTimestamp: 1.7e12, untimed: 1, agedAt: 1.7e12, compacted: true, oldestTombstone: 3 },
  staged: [{ id: 9, blocks: 1, bytes: 4000 }],
};
const LOG: LogEdit = {
  created: [
    { id: 1, name: 'a topic', partitions: 2 },
    { id: 2, name: '__proto__', partitions: 1 },
  ],
  dropped: [2],
  changes: [{ topic: 1, partition: 1, removed: [], added: [PART], agedTo: 7 }],
  staged: [{ id: 10, blocks: 1, bytes: 50 }],
  unstaged: [11],
  groups: [{ topic: 1, partition: 0, group: 'constructor', offset: 3, committedAt: 1.5 }],
  groupsForgotten: [{ topic: 1, partition: 0, group: 'gone' }],
};
const EDIT: VersionEdit = {
  added: [
    { place: 'minor', table: TABLE },
    { place: 2, table: { ...TABLE, id: 2 ** 40 + 1, ingested: true } },
  ],
  removed: [],
  garbage: [{ id: 3, blocks: 1, bytes: 30 }],
  collected: [2],
  ...{ walFloor: 2, lastSequence: 12, memtableFloor: 3, epoch: 4, nextTopic: 3 },
  pointers: [{ level: 1, key: bytesOf('k') }],
  log: LOG,
  rangeDeletes: {
    added: [
      { start: bytesOf('b'), end: bytesOf('c'), seq: 11 },
      { start: bytesOf('x'), seq: 12 },
    ],
    removed: [],
  },
};
const EDITS: readonly VersionEdit[] = [
  EDIT,
  { ...EDIT, removed: [{ place: 2, id: 5 }], garbage: [{ id: 5, blocks: 1, bytes: 1 }] },
  EMPTY_EDIT,
];

function entriesOf(edits: readonly VersionEdit[]): { value: Uint8Array; checksum: number }[] {
  const entries: { value: Uint8Array; checksum: number }[] = [];
  for (const [i, edit] of edits.entries()) {
    const previous = entries.at(-1)?.checksum ?? PREVIOUS;
    entries.push(frameEntry({ number: NUMBER + i, type: i === 0 ? 'snapshot' : 'edit', previous, payload: encodeEdit(edit) }, checksum));
  }
  return entries;
}

const CHAIN = entriesOf([EDIT, { ...EMPTY_EDIT, lastSequence: 20, collected: [3] }, { ...EMPTY_EDIT, epoch: 5 }]);
const HEAD = frameHead({ number: NUMBER + 2, checksum: CHAIN[2].checksum }, checksum);

function isFieldError(error: unknown): boolean {
  return error instanceof FieldError || isCoded(error);
}

/** Of a group that is forgotten only its name is kept. */
function stored(edit: VersionEdit): VersionEdit {
  if (edit.log === undefined) return edit;
  const groupsForgotten = edit.log.groupsForgotten?.map((group) => ({ ...group, offset: 0, committedAt: 0 })) ?? [];
  return { ...edit, log: { ...edit.log, groupsForgotten } };
}

/** What is decoded can be encoded again, and is the same then; a store and a repair take it, or refuse it by a code. */
function useEdit(edit: VersionEdit): void {
  mustEqual(decodeEdit(encodeEdit(edit)), stored(edit), 'an edit that is another one once it is encoded');
  new Knowledge().apply(edit);
  try {
    applyToState(emptyState(), edit);
  } catch (error) {
    // LITHIFY_INTERNAL: who commits an unsound edit has a defect. Read from a disk, it becomes LITHIFY_CORRUPTION.
    must(error instanceof Error && 'code' in error && error.code === 'LITHIFY_INTERNAL', `a state that fails with ${error}`);
  }
}

/** The first byte says in place of which entry the rest stands; the head is number 0. */
function chainWith(bytes: Uint8Array): { key: Uint8Array; value: Uint8Array }[] {
  const values = [HEAD, ...CHAIN.map(({ value }) => value)];
  const at = (bytes[0] ?? 0) % values.length;
  return values.with(at, bytes.slice(1)).map((value, i) => ({ key: manifestKey(i === 0 ? 0 : NUMBER + i - 1), value }));
}

export const TABLET_DECODERS: readonly Decoder<Uint8Array>[] = [
  {
    name: 'tagged fields',
    covers: ['readFields'],
    samples: () => EDITS.map(encodeEdit),
    isRefusal: isFieldError,
    decode: (bytes) => {
      const again = new FieldWriter();
      for (const { tag, value } of readFields(bytes)) {
        if (typeof value === 'number') again.number(tag, value);
        else again.bytes(tag, value);
      }
      const written = again.finish();
      // Numbers may be over-long, and are not when they are written again.
      must(written.length < bytes.length || Buffer.compare(written, bytes) === 0, 'other fields than the bytes say');
    },
  },
  {
    name: 'an edit of the manifest',
    covers: ['decodeEdit', 'Knowledge'],
    samples: () => EDITS.map(encodeEdit),
    isRefusal: isFieldError,
    decode: (bytes) => useEdit(decodeEdit(bytes)),
  },
  {
    name: 'a change of the catalog',
    covers: ['decodeLogEdit'],
    samples: () => [encodeLogEdit(LOG), encodeLogEdit({ created: [{ id: 4, name: 'x', partitions: 1024 }] })],
    isRefusal: isFieldError,
    decode: (bytes) => {
      const edit = decodeLogEdit(bytes);
      const mostPartitions = Math.max(0, ...(edit.created ?? []).map(({ partitions }) => partitions));
      must(mostPartitions <= 1024, `a topic of ${mostPartitions} partitions`);
      useEdit({ ...EMPTY_EDIT, log: edit });
    },
  },
  {
    name: 'an entry of the manifest',
    covers: ['openEntry'],
    samples: () => [CHAIN[0].value],
    isSealed: true,
    reseal: (bytes) => resealed(bytes, 0, 4, bytes.length),
    decode: (bytes, meter) => must(openEntry(NUMBER, bytes, meter.checksum).number === NUMBER, 'another entry'),
  },
  {
    name: 'the head of the manifest',
    covers: ['openHead'],
    samples: () => [HEAD],
    isSealed: true,
    reseal: (bytes) => resealed(bytes, 0, 4, bytes.length),
    decode: (bytes, meter) => must(openHead(bytes, meter.checksum).number >= 0, 'no number'),
  },
  {
    name: 'a manifest with a bad entry',
    covers: ['replay'],
    samples: () => [HEAD, ...CHAIN.map(({ value }) => value)].map((value, i) => joined(Uint8Array.of(i), value)),
    reseal: (bytes) => resealed(bytes, 1, 5, bytes.length),
    decode: (bytes, meter) => {
      const { state } = replay(chainWith(bytes), meter.checksum);
      must(state.version.number === NUMBER + 2 && state.epoch === 5 && state.lastSequence === 20, 'a state that nobody committed');
    },
  },
];
