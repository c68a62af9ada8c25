import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppendFile, Files } from '../../protocol/runtime.ts';
import { liveCopy } from './live-copy.ts';

/** Files that know what of them is on disk for certain. */
export interface SyncedFiles extends Files {
  /** Syncs of appended files so far. */
  readonly syncs: number;
  /** Copies a store as a machine would find it after losing power now; `keep` of the unsynced bytes of a segment got to the disk all the same. */
  copyAfterPowerLoss(from: string, to: string, keep?: (unsynced: number) => number): Promise<void>;
}

export function syncedFiles(inner: Files): SyncedFiles {
  const synced = new Map<string, number>();
  let syncs = 0;
  const watched = (path: string, file: AppendFile): AppendFile => {
    const noted = async (done: Promise<void>) => {
      await done;
      syncs++;
      synced.set(path, file.length);
    };
    return {
      get length() {
        return file.length;
      },
      append: (bytes, sync) => (sync ? noted(file.append(bytes, true)) : file.append(bytes, false)),
      sync: () => noted(file.sync()),
      truncate: (length) => file.truncate(length),
      close: () => file.close(),
    };
  };
  return {
    ...inner,
    get syncs() {
      return syncs;
    },
    createAppend: async (path) => watched(path, await inner.createAppend(path)),
    openAppend: async (path) => watched(path, await inner.openAppend(path)),
    copyAfterPowerLoss: async (from, to, keep = () => 0) => {
      await liveCopy(from, to);
      for (const name of await readdir(join(to, 'wal'))) {
        const certain = synced.get(join(from, 'wal', name)) ?? 0;
        const unsynced = (await inner.size(join(to, 'wal', name))) - certain;
        await truncate(join(to, 'wal', name), certain + keep(unsynced));
      }
    },
  };
}
