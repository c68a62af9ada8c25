import { LithifyError } from '../../../protocol/errors.ts';
import type { Runtime } from '../../../protocol/runtime.ts';
import { openLevelDatabase } from '../../../storage/level-database.ts';
import { wrapped } from '../../blobs/stores.ts';

/** LevelDBs that take no write, and cannot be opened again, for as long as they are broken. */
export class BreakableDatabases {
  isBroken = false;

  readonly openDatabase: NonNullable<Runtime['openDatabase']> = async (location, options) => {
    this.#refuseIfBroken('open');
    const database = await openLevelDatabase(location, options);
    return wrapped(database, {
      write: async (puts, deletes) => {
        this.#refuseIfBroken('write');
        await database.write(puts, deletes);
      },
    });
  };

  #refuseIfBroken(what: string): void {
    if (this.isBroken) throw new LithifyError('LITHIFY_DISK_FULL', `Injected: no room to ${what}.`);
  }
}
