import type { LithifyError } from '../../../protocol/errors.ts';
import type { EngineEvent } from '../../../protocol/events.ts';
import type { Clock, Files } from '../../../protocol/runtime.ts';
import { type DumpNames, hasRoom, removeOld, writeDump } from './dump-files.ts';

interface FailureDumpsParts {
  readonly clock: Clock;
  readonly turn: () => Promise<void>;
  readonly names: DumpNames;
  readonly emit: (event: EngineEvent) => void;
  /** undefined: dumps are not wanted. */
  readonly directory: () => string | undefined;
  readonly files: () => Files;
  /** What is known at this moment, as something that makes the file's bytes. */
  readonly make: (error: LithifyError) => () => Promise<Uint8Array>;
}

/** An engine that closes waits so long for a dump. */
const PATIENCE_MS = 2_000;

/**
 * A dump for the first failure of every code, written in the background; nobody hears of what goes wrong with it. Only of
 * an engine that has opened: before, the directory may be anything, and the error goes to who wanted to open it.
 */
export class FailureDumps {
  readonly #parts: FailureDumpsParts;
  readonly #met = new Set<string>();
  #hasBegun = false;
  #writing: Promise<void> | undefined;
  /** Nobody waits any more, and the directory may be somebody else's soon. */
  #isAbandoned = false;
  /** It found no room; there may be some when the storage is well again. */
  #owed: LithifyError | undefined;

  constructor(parts: FailureDumpsParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#hasBegun = true;
  }

  met(error: LithifyError): void {
    if (!this.#hasBegun || this.#met.has(error.code)) return;
    this.#met.add(error.code);
    this.#write(error);
  }

  tryAgain(): void {
    const error = this.#owed;
    this.#owed = undefined;
    if (error !== undefined) this.#write(error);
  }

  /** Of dumps that are under way, or of patience; undefined: there are none. */
  get unfinished(): Promise<void> | undefined {
    const writing = this.#writing;
    if (writing === undefined) return undefined;
    const { clock } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    const abandon = () => {
      this.#isAbandoned = true;
      resolve();
    };
    const timer = clock.setTimer(abandon, PATIENCE_MS);
    return Promise.race([writing, promise]).finally(() => clock.clearTimer(timer));
  }

  /** One after the other. */
  #write(error: LithifyError): void {
    const directory = this.#parts.directory();
    if (directory === undefined) return;
    const before = this.#writing;
    const writing = this.#written(error, directory, before).finally(() => {
      if (this.#writing === writing) this.#writing = undefined;
    });
    this.#writing = writing;
  }

  async #written(error: LithifyError, directory: string, before: Promise<void> | undefined): Promise<void> {
    const { turn, make, files, names, emit } = this.#parts;
    try {
      await before;
      // What follows at once belongs to it.
      await turn();
      const disk = files();
      await disk.makeDirectory(directory);
      if (!(await hasRoom(disk, directory))) {
        this.#owed = error;
        await disk.removeEmptyDirectory(directory);
        return;
      }
      const bytes = await make(error)();
      if (this.#isAbandoned) return;
      const path = await writeDump(disk, directory, names.next(error.code), bytes);
      emit({ type: 'recorderDumped', path, reason: error.code });
      await removeOld(disk, directory);
    } catch {
      this.#owed = error;
    }
  }
}
