import type { ExecutionContext } from 'ava';
import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { manifestKey } from '../../storage/blobs/keys.ts';
import type { DatabasePut } from '../../storage/database.ts';
import type { Version } from '../../storage/tablet/contract.ts';
import { FieldWriter } from '../../storage/tablet/fields.ts';
import { frameEntry, frameHead, openEntry } from '../../storage/tablet/manifest-entry.ts';
import { FakeDatabase } from './support/fake-database.ts';
import { checksum, editFor, openManifest } from './support/manifests.ts';

/** The head, a snapshot and some entries behind it. */
async function written(): Promise<FakeDatabase> {
  const database = new FakeDatabase();
  const { manifest } = await openManifest(database, { snapshotEntries: 6 });
  for (let i = 0; i < 9; i++) await manifest.commit(editFor(manifest.state, { flush: i % 3 !== 2, pick: i, key: Uint8Array.of(i, 7) }));
  return database;
}

async function failsNaming(t: ExecutionContext, database: FakeDatabase, entry: string | RegExp, what: string): Promise<void> {
  const before = database.stored;
  const error = await t.throwsAsync(openManifest(database), { code: 'LITHIFY_CORRUPTION' }, what);
  t.true(error instanceof LithifyError);
  if (!(error instanceof LithifyError)) return;
  const named = String(error.details.entry);
  t.true(typeof entry === 'string' ? named === entry : entry.test(named), `${what}: names ${named}`);
  t.true('expected' in error.details && 'found' in error.details, what);
  t.is(database.stored, before, what);
}

const numberOf = ({ key }: DatabasePut) => key[8];

test('every flipped bit of every value is reported with the entry that holds it', async (t) => {
  const database = await written();
  for (const [at, { key, value }] of database.stored.entries()) {
    for (let i = 0; i < value.length; i++) {
      const damaged = database.copy((stored) => {
        stored[at].value[i] ^= 1 << (i % 8);
        return stored;
      });
      await failsNaming(t, damaged, at === 0 ? 'the head' : `entry ${key[8]}`, `byte ${i} of key ${at}`);
    }
  }
});

test('every flipped bit of every key is reported', async (t) => {
  const database = await written();
  for (const [at, { key }] of database.stored.entries()) {
    for (let i = 0; i < key.length * 8; i++) {
      const damaged = database.copy((stored) => {
        stored[at].key[i >> 3] ^= 1 << (i & 7);
        return stored;
      });
      await failsNaming(t, damaged, /./, `bit ${i} of key ${at}`);
    }
  }
});

test('a missing entry is reported by its name, the first and the last as well', async (t) => {
  const database = await written();
  for (const [at, put] of database.stored.entries()) {
    const lacking = database.copy((stored) => stored.toSpliced(at, 1));
    await failsNaming(t, lacking, at === 0 ? 'the head' : `entry ${numberOf(put)}`, `key ${at} missing`);
  }
});

test('entries that lost bytes at their end are reported', async (t) => {
  const database = await written();
  for (const [at, { value, key }] of database.stored.entries()) {
    for (const length of [0, 3, 17, value.length - 1]) {
      const damaged = database.copy((stored) => stored.with(at, { ...stored[at], value: stored[at].value.slice(0, length) }));
      if (length < value.length) await failsNaming(t, damaged, at === 0 ? 'the head' : `entry ${key[8]}`, `key ${at} cut to ${length}`);
    }
  }
});

test('entries that changed places are reported', async (t) => {
  const database = await written();
  const last = database.stored.length - 1;
  const swapped = (stored: DatabasePut[]) => [
    ...stored.slice(0, -2),
    { key: stored[last].key, value: stored[last - 1].value },
    { key: stored[last - 1].key, value: stored[last].value },
  ];
  const damaged = database.copy(swapped);
  await failsNaming(t, damaged, `entry ${numberOf(database.stored[last - 1])}`, 'swapped');
});

test('an entry of another store in the chain is reported', async (t) => {
  const [database, other] = [await written(), await written()];
  const last = database.stored.length - 1;
  const number = numberOf(database.stored[last - 1]);
  const foreign = frameEntry({ number, type: 'edit', previous: 1234, payload: new Uint8Array() }, checksum);
  await failsNaming(
    t,
    other.copy((stored) => stored.with(last - 1, { ...stored[last - 1], value: foreign.value })),
    `entry ${number}`,
    'foreign',
  );
});

test('a newest entry other than the one that was committed is reported', async (t) => {
  const database = await written();
  const entries = database.stored.slice(1).map(({ key, value }) => openEntry(key[8], value, checksum));
  const [before, last] = entries.slice(-2);
  const other = frameEntry({ ...last, previous: before.checksum, payload: new FieldWriter().number(5, 999).finish() }, checksum);
  await failsNaming(
    t,
    database.copy((stored) => stored.with(-1, { ...stored[stored.length - 1], value: other.value })),
    'the newest entry',
    'replaced',
  );
});

test('an entry under the number of another is reported', async (t) => {
  const entry = frameEntry({ number: 5, type: 'snapshot', previous: 0, payload: new Uint8Array() }, checksum);
  const head = frameHead({ number: 1, checksum: entry.checksum }, checksum);
  const database = new FakeDatabase();
  await database.write([
    { key: manifestKey(0), value: head },
    { key: manifestKey(1), value: entry.value },
  ]);
  await failsNaming(t, database, 'entry 1', 'number 5 under key 1');
});

test('a field of a newer version is refused by its number, not skipped', async (t) => {
  const payload = new FieldWriter().number(5, 1).number(99, 1).finish();
  const entry = frameEntry({ number: 1, type: 'snapshot', previous: 0, payload }, checksum);
  const head = frameHead({ number: 1, checksum: entry.checksum }, checksum);
  const database = new FakeDatabase();
  await database.write([
    { key: manifestKey(0), value: head },
    { key: manifestKey(1), value: entry.value },
  ]);
  await failsNaming(t, database, 'entry 1', 'unknown field');
  await t.throwsAsync(openManifest(database), { message: /field 99/ });
});

test('a table and a range delete in all their fields are read, and so are those of older stores, which have fewer', async (t) => {
  const cleared = table().number(12, 100).number(13, 7).number(14, 1).finish();
  const older = new FieldWriter().number(6, 9).bytes(1, table().finish());
  const payload = new FieldWriter().number(6, 9).bytes(1, cleared).bytes(12, rangeDelete(4, 2).finish()).bytes(12, rangeDelete(9).finish());
  const before = await opened(older);
  t.false(['shadowedBytes', 'clearedTo', 'ingested'].some((name) => name in before.minors[0]));
  const version = await opened(payload);
  t.like(version.minors[0], { shadowedBytes: 100, clearedTo: 7, ingested: true });
  t.deepEqual(version.rangeDeletes.list, [
    { start: Uint8Array.of(1), end: Uint8Array.of(2), seq: 4 },
    { start: Uint8Array.of(1), seq: 9 },
  ]);
});

async function opened(payload: FieldWriter): Promise<Version> {
  const entry = frameEntry({ number: 1, type: 'snapshot', previous: 0, payload: payload.finish() }, checksum);
  const head = frameHead({ number: 1, checksum: entry.checksum }, checksum);
  const database = new FakeDatabase();
  await database.write([
    { key: manifestKey(0), value: head },
    { key: manifestKey(1), value: entry.value },
  ]);
  return (await openManifest(database)).state.version;
}

/** With the fields that every table has. */
function table(): FieldWriter {
  const counts = new FieldWriter().number(1, 0).number(2, 5).number(3, 2).number(4, 100).number(5, 3).number(6, 0);
  return counts.bytes(7, Uint8Array.of(1)).bytes(8, Uint8Array.of(9)).number(9, 1).number(10, 9);
}

function rangeDelete(seq: number, end?: number, start = 1): FieldWriter {
  const out = new FieldWriter().bytes(1, Uint8Array.of(start)).number(3, seq);
  return end === undefined ? out : out.bytes(2, Uint8Array.of(end));
}

/** A whole state that tables reach sequence 9 of. */
function rangeDeletes(...list: FieldWriter[]): Uint8Array {
  const out = new FieldWriter().number(6, 9);
  for (const one of list) out.bytes(12, one.finish());
  return out.finish();
}

test('content that is no sound tree is reported, whatever its checksum says', async (t) => {
  const payloads = [
    Uint8Array.of(0x80),
    Uint8Array.of(11, 200, 1),
    new FieldWriter().bytes(2, new FieldWriter().number(1, 3).number(2, 77).finish()).finish(),
    // Range deletes: one that is not there goes, without a start, without a sequence, over no key, twice, beyond the tables.
    new FieldWriter().number(13, 4).finish(),
    rangeDeletes(new FieldWriter().number(3, 4)),
    rangeDeletes(new FieldWriter().bytes(1, Uint8Array.of(1))),
    rangeDeletes(rangeDelete(4, 2, 2)),
    rangeDeletes(rangeDelete(4), rangeDelete(4)),
    rangeDeletes(rangeDelete(10)),
    rangeDeletes(rangeDelete(4).number(4, 1)),
    // A table that is ingested twice over.
    new FieldWriter().number(6, 9).bytes(1, table().number(14, 2).finish()).finish(),
  ];
  for (const payload of payloads) {
    const entry = frameEntry({ number: 1, type: 'snapshot', previous: 0, payload }, checksum);
    const head = frameHead({ number: 1, checksum: entry.checksum }, checksum);
    const database = new FakeDatabase();
    await database.write([
      { key: manifestKey(0), value: head },
      { key: manifestKey(1), value: entry.value },
    ]);
    await failsNaming(t, database, 'entry 1', String(payload));
  }
});
