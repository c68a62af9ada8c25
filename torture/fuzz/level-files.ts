import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';

export type Pair = readonly [key: Uint8Array, value: Uint8Array];

/** Files of LevelDB by their names, as LevelDB itself writes these pairs: some in tables, the rest in its log. */
export async function levelFiles(pairs: readonly Pair[], inTables: number): Promise<ReadonlyMap<string, Uint8Array>> {
  const directory = await mkdtemp(join(tmpdir(), 'lithify-fuzz-'));
  try {
    const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, { keyEncoding: 'view', valueEncoding: 'view', blockSize: 256 });
    await level.batch(pairs.slice(0, inTables).map(([key, value]) => ({ type: 'put' as const, key, value })));
    await level.compactRange(Uint8Array.of(0), Uint8Array.of(255));
    for (const [key, value] of pairs.slice(inTables)) await level.put(key, value);
    await level.close();
    const names = (await readdir(directory)).filter((name) => /^MANIFEST|^\d+\.(ldb|log)$/.test(name));
    return new Map(await Promise.all(names.map(async (name) => [name, new Uint8Array(await readFile(join(directory, name)))] as const)));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
