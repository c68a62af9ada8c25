import type { AppendFile } from '../../../protocol/runtime.ts';
import { FaultyFiles } from '../../support/faulty-files.ts';

/** Files whose appends can be told to wait. */
export class HeldFiles extends FaultyFiles {
  #gate: { readonly reached: PromiseWithResolvers<void>; readonly open: PromiseWithResolvers<void> } | undefined;

  /** The next append waits until `release`; `reached` resolves when it is there. */
  holdAppend(): { reached: Promise<void>; release: () => void } {
    const gate = { reached: Promise.withResolvers<void>(), open: Promise.withResolvers<void>() };
    this.#gate = gate;
    return { reached: gate.reached.promise, release: () => gate.open.resolve() };
  }

  override async createAppend(path: string): Promise<AppendFile> {
    return this.#held(await super.createAppend(path));
  }

  override async openAppend(path: string): Promise<AppendFile> {
    return this.#held(await super.openAppend(path));
  }

  #held(file: AppendFile): AppendFile {
    const append = async (bytes: Uint8Array, sync: boolean): Promise<void> => {
      const gate = this.#gate;
      this.#gate = undefined;
      gate?.reached.resolve();
      await gate?.open.promise;
      await file.append(bytes, sync);
    };
    return {
      get length() {
        return file.length;
      },
      append,
      sync: () => file.sync(),
      truncate: (length) => file.truncate(length),
      close: () => file.close(),
    };
  }
}
