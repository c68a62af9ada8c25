import type { LithifyError } from '../protocol/errors.ts';

/**
 * After one failed write LevelDB goes on saying OK to writes that a crash then loses. So a handle takes no more after the
 * first one, and says why.
 */
export class Poison {
  #cause: LithifyError | undefined;

  /** Writes, unless an earlier write failed; every failure is the first one, as `named` calls it. */
  async guard(write: () => Promise<void>, named: (error: unknown) => LithifyError): Promise<void> {
    if (this.#cause !== undefined) throw this.#cause;
    try {
      await write();
    } catch (error) {
      this.#cause ??= named(error);
      throw this.#cause;
    }
  }
}
