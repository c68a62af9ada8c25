import type { AbstractIterator, AbstractLevel, AbstractSnapshot, AbstractSublevel } from 'abstract-level';
import type { ClassicLevel } from 'classic-level';
import { type DatabaseOptions, type Engine, type GetOptions, type IteratorOptions, Level, type PutOptions } from '../../index.ts';

/** Not run: the type checker is what passes or fails here. */

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** An error where the two types are not the same. */
function same<A, B>(_: Equal<A, B>): void {}
/** The type that both databases give for the same expression. */
function alike<Ours, Theirs>(_ours: () => Ours, _theirs: () => Theirs, _: Equal<Ours, Theirs>): void {}

type Person = { name: string };

export function defaults(db: Level, theirs: ClassicLevel): void {
  same<Awaited<ReturnType<typeof db.put>>, void>(true);
  alike(
    () => db.get('k'),
    () => theirs.get('k'),
    true,
  );
  alike(
    () => db.getSync('k'),
    () => theirs.getSync('k'),
    true,
  );
  alike(
    () => db.getMany(['k']),
    () => theirs.getMany(['k']),
    true,
  );
  alike(
    () => db.hasMany(['k']),
    () => theirs.hasMany(['k']),
    true,
  );
  alike(
    () => db.iterator().next(),
    () => theirs.iterator().next(),
    true,
  );
  alike(
    () => db.keys({ reverse: true }).all(),
    () => theirs.keys({ reverse: true }).all(),
    true,
  );
  alike(
    () => db.values().nextv(3),
    () => theirs.values().nextv(3),
    true,
  );
  alike(
    () => db.snapshot(),
    () => theirs.snapshot(),
    true,
  );
  alike(
    () => db.approximateSize('a', 'b'),
    () => theirs.approximateSize('a', 'b'),
    true,
  );
  alike(
    () => db.getProperty('x'),
    () => theirs.getProperty('x'),
    true,
  );
  alike(
    () => db.batch().put('a', 'b').write({ sync: true }),
    () => theirs.batch().put('a', 'b').write({ sync: true }),
    true,
  );
  same<ReturnType<typeof db.snapshot>, AbstractSnapshot>(true);
  same<typeof db.engine, Engine>(true);
  same<typeof db.location, string>(true);
}

export async function encodings(): Promise<void> {
  const db = new Level<number, Person>('x', { keyEncoding: 'json', valueEncoding: 'json', durability: 'os', cacheSize: 1 });
  same<Awaited<ReturnType<typeof readOne>>, Person | undefined>(true);
  async function readOne() {
    return db.get(1);
  }
  for await (const [key, value] of db.iterator({ gte: 1, fillCache: true })) {
    same<typeof key, number>(true);
    same<typeof value, Person>(true);
  }
  for await (const key of db.keys()) same<typeof key, number>(true);
  for await (const value of db.values<number, string>({ valueEncoding: 'utf8' })) same<typeof value, string>(true);
  const bytes = await db.get<string, Uint8Array>('k', { keyEncoding: 'utf8', valueEncoding: 'view', fillCache: false });
  same<typeof bytes, Uint8Array | undefined>(true);
  const people = db.sublevel<string, Person>('people', { valueEncoding: 'json' });
  const person = await people.get('ada');
  same<typeof person, Person | undefined>(true);
  for await (const [key, value] of people.iterator()) {
    same<typeof key, string>(true);
    same<typeof value, Person>(true);
  }
  const plain = db.sublevel('plain');
  const text = await plain.get('k');
  same<typeof text, string | undefined>(true);
  const { entries } = await db.ingest([[1, { name: 'Ada' }]]);
  same<typeof entries, number>(true);
  await db.ingest<string, string>(new Map([['a', 'b']]), { keyEncoding: 'utf8', valueEncoding: 'utf8' });
}

export async function refused(db: Level<string, Person>): Promise<void> {
  // @ts-expect-error: a key is text here
  await db.get(1);
  // @ts-expect-error: a value is a person here
  await db.put('k', 'text');
  // @ts-expect-error: a value is a person here
  await db.batch([{ type: 'put', key: 'k', value: 1 }]);
  // @ts-expect-error: there is no such durability
  new Level('x', { durability: 'hope' });
  // @ts-expect-error: it is ingested in pairs
  await db.ingest(['k']);
  // @ts-expect-error: a database lives in a directory or on an engine
  new Level(7);
}

/** What is written for databases of the Level family takes this one, and an engine's own. */
export function asLevel(db: Level, kv: Engine['kv'], Ours: typeof Level): void {
  const abstract: AbstractLevel<string | Buffer | Uint8Array, string, string>[] = [db, kv];
  const ours: Level = kv;
  const Class: new <K = string, V = string>(location: string) => ClassicLevel<K, V> = Ours;
  const sublevel: AbstractSublevel<Level, string | Uint8Array, string, string> = db.sublevel('s');
  const iterator: AbstractIterator<Level, string, string> = db.iterator();
  const options: [
    DatabaseOptions<string, string>,
    GetOptions<string, string>,
    PutOptions<string, string>,
    IteratorOptions<string, string>,
  ] = [
    { createIfMissing: undefined, storage: 'memory', maxOpenFiles: 3 },
    { fillCache: true, snapshot: undefined },
    { sync: true },
    { signal: undefined, highWaterMarkBytes: 1 },
  ];
  void [abstract, ours, Class, sublevel, iterator, options];
}
