import type { ClassicLevel, DatabaseOptions } from 'classic-level';

/** What a program that was written for `level` knows of its class. */
export type LevelClass = new <K = string, V = string>(location: string, options?: DatabaseOptions<K, V>) => ClassicLevel<K, V>;

/** A program that uses a good deal of `level`'s API, and what it came to see. */
export async function program(Level: LevelClass, directory: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  const db = new Level(`${directory}/fruit`, {
    valueEncoding: 'utf8',
    cacheSize: 1024 * 1024,
    writeBufferSize: 65_536,
    compression: false,
  });
  seen.push(db.status, db.location.slice(directory.length));
  await readsAndWrites(db, seen);
  await ranges(db, seen);
  await sublevels(db, seen);
  await snapshots(db, seen);
  await hooksAndEvents(db, seen);
  await endings(Level, db, seen);
  return seen;
}

type Db = ClassicLevel<string, string>;

async function readsAndWrites(db: Db, seen: unknown[]): Promise<void> {
  await db.put('apple', 'red');
  await db.batch([
    { type: 'put', key: 'banana', value: 'yellow' },
    { type: 'put', key: 'cherry', value: '{"n":1}' },
    { type: 'del', key: 'apple' },
  ]);
  await db.batch().put('date', 'brown').put('elder', 'black').del('nothing').write({ sync: true });
  await db.put('fig', 'purple', { sync: true });
  seen.push(await db.get('apple'), await db.get('banana'), db.getSync('date'), db.getSync('none'));
  seen.push(await db.getMany(['banana', 'none', 'fig']), await db.has('fig'), await db.hasMany(['fig', 'none']));
  seen.push(await db.get<string, unknown>('cherry', { valueEncoding: 'json' }));
  const bytes = await db.get<Buffer, Uint8Array>(Buffer.from('fig'), { keyEncoding: 'buffer', valueEncoding: 'view' });
  // Either of them may give a Buffer, which is a Uint8Array too.
  seen.push(Buffer.from(bytes ?? []).toString());
}

async function ranges(db: Db, seen: unknown[]): Promise<void> {
  seen.push(await db.iterator({ gt: 'banana', lte: 'elder' }).all());
  seen.push(await db.keys({ reverse: true, limit: 2 }).all(), await db.values({ gte: 'date', lt: 'fig' }).all());
  const iterator = db.iterator({ fillCache: true, highWaterMarkBytes: 100 });
  iterator.seek('d');
  seen.push(await iterator.next(), await iterator.nextv(2), await iterator.nextv(2), await iterator.next(), iterator.count);
  await iterator.close();
  await db.clear({ gte: 'd', lt: 'e' });
  await db.clear({ reverse: true, limit: 1 });
  seen.push(await db.keys().all(), (await db.approximateSize('a', 'z')) >= 0, await db.compactRange('a', 'z'));
}

async function sublevels(db: Db, seen: unknown[]): Promise<void> {
  const people = db.sublevel<string, { name: string }>('people', { valueEncoding: 'json' });
  const nested = people.sublevel('nested');
  await people.put('1', { name: 'Ada' });
  await nested.put('deep', 'x');
  await db.batch<string, unknown>([{ type: 'put', sublevel: people, key: 'other', value: { name: 'Bo' } }], {});
  seen.push(await people.get('1'), await nested.iterator().all(), people.prefix, await db.keys().all());
  await people.clear();
  seen.push(await db.keys().all());
}

async function snapshots(db: Db, seen: unknown[]): Promise<void> {
  const snapshot = db.snapshot();
  await db.put('banana', 'green');
  await db.put('grape', 'blue');
  seen.push(await db.get('banana', { snapshot }), await db.get('banana'), db.getSync('grape', { snapshot }));
  seen.push(await db.keys({ snapshot }).all(), await db.has('grape', { snapshot }));
  await db.clear({ snapshot });
  seen.push(await db.keys().all());
  await snapshot.close();
  seen.push(await codeOf(() => db.get('banana', { snapshot })));
}

async function hooksAndEvents(db: Db, seen: unknown[]): Promise<void> {
  const stamp = (op: { key: string }) => {
    op.key = op.key.toUpperCase();
  };
  db.hooks.prewrite.add(stamp);
  db.on('write', (operations: { type: string; key: string }[]) => seen.push(operations.map(({ type, key }) => [type, key])));
  await db.put('kiwi', 'green');
  await db.batch().put('lime', 'green').del('grape').write();
  db.hooks.prewrite.delete(stamp);
  db.removeAllListeners('write');
  seen.push(await db.keys().all());
}

async function endings(Level: LevelClass, db: Db, seen: unknown[]): Promise<void> {
  const second = new Level(db.location);
  seen.push(await codeOf(() => second.open()));
  await db.close();
  seen.push(db.status, await codeOf(() => db.get('KIWI')), await codeOf(async () => db.getProperty('leveldb.stats')));
  seen.push(
    await codeOf(() => db.open({ errorIfExists: true })),
    await codeOf(() => new Level(`${db.location}-none`, { createIfMissing: false }).open()),
  );
  await db.open();
  seen.push(await db.get('KIWI'), db.getProperty('no.such.property'), await codeOf(() => db.get(undefined as unknown as string)));
  await db.close();
  await db.close();
  await (db.constructor as unknown as { destroy(location: string): Promise<void> }).destroy(db.location);
  seen.push(await codeOf(() => db.open({ createIfMissing: false })));
}

/** Of what is thrown, and of its cause where that is one of Level's. */
async function codeOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return ['resolved', await run()];
  } catch (error) {
    const { code, cause } = error as { code?: string; cause?: { code?: string } };
    return [code, ...(cause?.code?.startsWith('LEVEL_') ? [cause.code] : [])];
  }
}
