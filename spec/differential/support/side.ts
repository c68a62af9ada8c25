import type { AbstractLevel, AbstractSnapshot } from 'abstract-level';
import { type Surface, surfaceOf, type Walk } from './surface.ts';

type Db = AbstractLevel<string | Buffer | Uint8Array, string, string>;

/** Where an operation goes: the database itself or one of its sublevels, each with encodings of its own. */
export const PLACES = ['root', 'text', 'json', 'bytes', 'nested'] as const;
export type Place = (typeof PLACES)[number];

/** One of the two databases that are compared, with what is open on it. */
export class Side {
  readonly db: Db;
  readonly snapshots = new Map<number, AbstractSnapshot>();
  readonly walks = new Map<number, Walk>();
  /** Sublevels are open: chained batches cannot wait for that. */
  readonly ready: Promise<unknown>;
  readonly #places: Readonly<Record<Place, Surface>>;

  constructor(db: Db) {
    this.db = db;
    const text = (given: string) => given;
    const json = (given: string) => ({ given });
    const bytes = (given: string) => new Uint8Array(Buffer.from(given, 'utf16le'));
    const outer = db.sublevel<string, string>('outer', {});
    const inner = outer.sublevel<string, Buffer>('inner', { valueEncoding: 'buffer' });
    const inJson = db.sublevel<string, { given: string }>('json', { valueEncoding: 'json' });
    const inBytes = db.sublevel<Uint8Array, Uint8Array>('bytes', { keyEncoding: 'view', valueEncoding: 'view' });
    this.ready = Promise.all([outer, inner, inJson, inBytes].map((one) => one.open()));
    this.#places = {
      root: surfaceOf(db, text, text),
      text: surfaceOf<string, string>(outer, text, text),
      json: surfaceOf<string, { given: string }>(inJson, text, json),
      bytes: surfaceOf<Uint8Array, Uint8Array>(inBytes, bytes, bytes),
      nested: surfaceOf<string, Buffer>(inner, text, (given) => Buffer.from(given)),
    };
  }

  at(place: Place): Surface {
    return this.#places[place];
  }

  async letGo(): Promise<void> {
    for (const walk of this.walks.values()) await walk.close();
    for (const snapshot of this.snapshots.values()) await snapshot.close();
    this.walks.clear();
    this.snapshots.clear();
  }
}

/** What a call came to: its answer or its error's code, in a form that can be compared. */
export async function outcomeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify((await run()) ?? null);
  } catch (error) {
    return `error ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`;
  }
}
