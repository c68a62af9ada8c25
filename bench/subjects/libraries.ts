import type { LogOptions, LogStore } from './log.ts';
import type { LibraryName, Store, StoreOptions } from './subject.ts';

type OpenStore = (location: string, options: StoreOptions) => Promise<Store>;
type OpenLog = (location: string, options: LogOptions) => Promise<LogStore>;

/** Each process loads only the one that it measures. */
const IMPORT: Readonly<Record<LibraryName, () => Promise<OpenStore>>> = {
  lithify: async () => (await import('./lithify.ts')).openLithify,
  'classic-level': async () => (await import('./classic-level.ts')).openClassicLevel,
  lmdb: async () => (await import('./lmdb.ts')).openLmdb,
};

const IMPORT_LOG: Readonly<Record<LibraryName, () => Promise<OpenLog>>> = {
  lithify: async () => (await import('./logs/lithify.ts')).openLithifyLog,
  'classic-level': async () => (await import('./logs/classic-level.ts')).openClassicLevelLog,
  lmdb: async () => (await import('./logs/lmdb.ts')).openLmdbLog,
};

export async function openStore(name: LibraryName, location: string, options: StoreOptions): Promise<Store> {
  const open = await IMPORT[name]();
  return await open(location, options);
}

export async function openLog(name: LibraryName, location: string, options: LogOptions): Promise<LogStore> {
  const open = await IMPORT_LOG[name]();
  return await open(location, options);
}
