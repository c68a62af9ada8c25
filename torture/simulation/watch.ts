import type { Engine } from '../../index.ts';

/** Looks on while a store is used: every request is answered once, and memory stays within its limits. */
export class Watch {
  readonly #engine: Engine;
  readonly #answered = new Set<string>();
  #twice: string | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.mailbox?.on('reply', ({ envelope: { id, message } }) => {
      if (this.#answered.has(id)) this.#twice ??= `${message.type} ${id}`;
      this.#answered.add(id);
    });
  }

  /** To be asked often: what is too much may be so for a moment only. */
  check(): void {
    if (this.#twice !== undefined) throw new Error(`${this.#twice} was answered twice.`);
    const { memtables, cache } = this.#engine.stats();
    if (memtables.bytes > memtables.limit) throw new Error(`Memtables hold ${memtables.bytes} bytes, their limit is ${memtables.limit}.`);
    if (cache.bytes > cache.limit) throw new Error(`The cache holds ${cache.bytes} bytes, its limit is ${cache.limit}.`);
  }
}
