import type { LibraryName, Store, StoreOptions } from './subject.ts';

type OpenStore = (location: string, options: StoreOptions) => Promise<Store>;

/** Each process loads only the one that it measures. */
const IMPORT: Readonly<Record<LibraryName, () => Promise<OpenStore>>> = {
  lithify: async () => (await import('./lithify.ts')).openLithify,
  'classic-level': async () => (await import('./classic-level.ts')).openClassicLevel,
  lmdb: async () => (await import('./lmdb.ts')).openLmdb,
};

export async function openStore(name: LibraryName, location: string, options: StoreOptions): Promise<Store> {
  const open = await IMPORT[name]();
  return await open(location, options);
}
