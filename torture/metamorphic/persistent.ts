import { codeOf } from '../../protocol/errors.ts';
import type { Kind, Operation } from './operations.ts';
import type { Performer, Visible } from './performer.ts';

/** What wants something to be written. All that is read must not notice. */
const WANTS_DISK: readonly Kind[] = [
  ...(['put', 'del', 'batch', 'clear', 'ingest', 'sublevel', 'write', 'produce', 'commit'] as const),
  ...(['ask', 'compactRange', 'compact', 'checkpoint', 'reopen', 'drop', 'register', 'unregister'] as const),
];
const DISK: ReadonlySet<string> = new Set([
  'LITHIFY_BLOB_STORE',
  'LITHIFY_WORKER_DIED',
  'LITHIFY_DISK_FULL',
  'LITHIFY_DELETION',
  'LITHIFY_CLOSED',
  'LITHIFY_WAL',
]);
const ATTEMPTS = 60;

/** May a disk that fails answer so to whoever needs it at that moment? */
export function isOfDisk(code: string | undefined): boolean {
  return DISK.has(code ?? '');
}

/** Does again what the disk has refused. `rest` gives the store time to recover. */
export async function untilDone<T>(work: () => Promise<T>, rest: () => Promise<void>): Promise<T> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (!isOfDisk(codeOf(error)) || left === 0) throw error;
      await rest();
    }
  }
}

/** What was refused has left no trace, so that in the end it shows what it shows on a disk that never fails. */
export function persistent(performer: Performer, rest: () => Promise<void>): Performer {
  const again = WANTS_DISK.map((kind) => {
    // Each is replaced by one of its own type; the entries of an object do not say so.
    const perform = performer[kind] as (operation: Operation) => Promise<Visible>;
    return [kind, (operation: Operation) => untilDone(() => perform(operation), rest)] as const;
  });
  return { ...performer, ...(Object.fromEntries(again) as Partial<Performer>) };
}

/** For a log that refuses: of several records some may be there after a failure, so that they come one at a time. */
export function recordByRecord(performer: Performer): Performer {
  return {
    ...performer,
    produce: async (operation) => {
      const offsets: Visible[] = [];
      for (const record of operation.records) {
        const found = await performer.produce({ ...operation, records: [record] });
        offsets.push(...(Array.isArray(found) ? found : [found]));
      }
      return offsets;
    },
  };
}
