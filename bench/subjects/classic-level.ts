import { ClassicLevel } from 'classic-level';
import { type LevelLike, levelOperations } from './level.ts';
import type { Store, StoreOptions } from './subject.ts';

export async function openClassicLevel(location: string, { durability, cacheBytes }: StoreOptions): Promise<Store> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(location, { cacheSize: cacheBytes });
  await level.open();
  return {
    ...levelOperations(level as unknown as LevelLike, { sync: durability === 'fsync' }),
    compact: () => level.compactRange(new Uint8Array(0), new Uint8Array(32).fill(255), { keyEncoding: 'view' }),
    close: () => level.close(),
  };
}
