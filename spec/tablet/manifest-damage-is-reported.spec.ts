import type { ExecutionContext } from 'ava';
import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { manifestKey } from '../../storage/blobs/keys.ts';
import type { DatabasePut } from '../../storage/database.ts';
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

test('a missing entry is reported, the first and the last as well', async (t) => {
  const database = await written();
  for (let at = 0; at < database.stored.length; at++) {
    await failsNaming(
      t,
      database.copy((stored) => stored.toSpliced(at, 1)),
      /./,
      `key ${at} missing`,
    );
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

test('content that is no sound tree is reported, whatever its checksum says', async (t) => {
  const payloads = [
    Uint8Array.of(0x80),
    Uint8Array.of(11, 200, 1),
    new FieldWriter().bytes(2, new FieldWriter().number(1, 3).number(2, 77).finish()).finish(),
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
