import type { Files, Runtime } from '../protocol/runtime.ts';
import { Engine, type EngineParts } from './engine.ts';
import { engineOptions } from './engine-options.ts';
import type { Closable, Home, KvSource } from './source.ts';

/** Where a database is to live: a directory of its own, an engine that is open, or what an engine gives its own database. */
export type Place = string | Engine | Home;

type Given = Readonly<Record<string, unknown>>;

/** TypeError, as in classic-level: the location is empty or not a string. LITHIFY_INVALID_ARGUMENT: an option is malformed. */
export function homeAt(place: Place, options: Given, parts: () => EngineParts): Home {
  if (place instanceof Engine) return Engine.homeOf(place);
  if (typeof place === 'object' && place !== null) return place;
  return new OwnEngine(checkedLocation(place), options, parts);
}

export function checkedLocation(location: unknown): string {
  if (typeof location === 'string' && location !== '') return location;
  throw new TypeError("The first argument 'location' must be a non-empty string");
}

/** A home that opens an engine of its own with the database, and closes it with the database. */
class OwnEngine implements Home {
  readonly location: string;
  readonly isPermanent: boolean;
  readonly #given: Given;
  readonly #parts: () => EngineParts;
  #engine: Engine | undefined;
  #member: Closable | undefined;
  /** The engine before, which may still be closing. */
  #previous: Promise<void> | undefined;
  /** What is only in memory lives as long as the database, through closing and opening, as in memory-level. */
  #memory: Files | undefined;

  constructor(location: string, options: Given, parts: () => EngineParts) {
    this.location = location;
    // Refused now, not by a deferred open, whose error nobody sees.
    this.isPermanent = engineOptions(options).storage !== 'memory';
    this.#given = options;
    this.#parts = parts;
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  async open(given: Given, level: Closable): Promise<KvSource> {
    await this.#previous;
    const options = engineOptions({ ...this.#given, ...given });
    const parts = this.#parts();
    const engine = await Engine.open(this.location, options, { ...parts, runtime: this.#remembering(options.runtime ?? parts.runtime) });
    this.#previous = engine.closed;
    this.#engine = engine;
    this.#member = { close: () => this.#closeWith(level) };
    return Engine.homeOf(engine).open({}, this.#member);
  }

  async close(): Promise<void> {
    const engine = this.#engine;
    // It is closing, and waits for us.
    if (engine === undefined || this.#member === undefined) return;
    this.#engine = undefined;
    await Engine.homeOf(engine).close(this.#member);
    await engine.close();
  }

  /** The engine closes by itself, and the database with it. */
  async #closeWith(level: Closable): Promise<void> {
    this.#engine = undefined;
    await level.close();
  }

  #remembering(runtime: Runtime): Runtime {
    return {
      ...runtime,
      memoryFiles: () => {
        this.#memory ??= runtime.memoryFiles();
        return this.#memory;
      },
    };
  }
}
