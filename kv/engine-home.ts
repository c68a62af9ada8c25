import { LithifyError } from '../protocol/errors.ts';
import type { Engine } from './engine.ts';
import type { Closable, Home, KvSource } from './source.ts';

interface EngineHomeParts {
  readonly engine: Engine;
  readonly source: KvSource;
  readonly isPermanent: boolean;
  readonly isClosed: () => boolean;
}

/** The home of all databases on an engine that is open already: closing one ends only that one. */
export class EngineHome implements Home {
  readonly #parts: EngineHomeParts;
  readonly #levels = new Set<Closable>();

  constructor(parts: EngineHomeParts) {
    this.#parts = parts;
  }

  get location(): string {
    return this.#parts.engine.location;
  }

  get isPermanent(): boolean {
    return this.#parts.isPermanent;
  }

  get engine(): Engine | undefined {
    return this.#parts.isClosed() ? undefined : this.#parts.engine;
  }

  async open(_options: unknown, level: Closable): Promise<KvSource> {
    if (this.#parts.isClosed()) throw new LithifyError('LITHIFY_CLOSED', 'The engine is closed; open it again.');
    this.#levels.add(level);
    return this.#parts.source;
  }

  async close(level: Closable): Promise<void> {
    this.#levels.delete(level);
  }

  /** Before the engine closes: what reads through it lets go of what it pins. */
  async closeLevels(): Promise<void> {
    await Promise.allSettled([...this.#levels].map((level) => level.close()));
  }
}
