import { readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../../testing/random.ts';
import type { Damage, StoreFile } from './level-files-plan.ts';

export async function filesOf(location: string): Promise<StoreFile[]> {
  const entries = await readdir(location, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.sort().map(async (path) => ({ path: path.slice(location.length + 1), bytes: (await stat(path)).size }));
  return Promise.all(files);
}

export async function harm(location: string, damage: Damage): Promise<void> {
  const path = join(location, damage.file);
  switch (damage.kind) {
    case 'remove':
      return rm(path);
    case 'cut':
      return truncate(path, damage.to);
    case 'flip': {
      const bytes = await readFile(path);
      bytes.writeUInt8(bytes.readUInt8(damage.at) ^ (1 << damage.bit), damage.at);
      return writeFile(path, bytes);
    }
    case 'garbage': {
      const random = new Random(damage.bytes);
      return writeFile(
        path,
        Uint8Array.from({ length: damage.bytes }, () => random.below(256)),
      );
    }
    case 'swap': {
      const other = join(location, damage.with);
      await rename(path, `${path}.aside`);
      await rename(other, path);
      return rename(`${path}.aside`, other);
    }
  }
}
