import { BLOB_PREFIX, blobIdOf, MANIFEST_PREFIX, SEAL_BLOCK } from '../../storage/blobs/keys.ts';
import type { SimulatedDisk } from '../../testing/disk/disk.ts';
import { LOCATION } from './builder.ts';

/** Values are exchanged only for others of their kind. */
export type Kind = 'block' | 'seal' | 'manifest entry' | 'manifest head' | 'segment' | 'format';

/** One value of a database, or one file. */
export interface Target {
  readonly kind: Kind;
  /** Directory of the database and key, or path. */
  readonly location: string;
  readonly key: Uint8Array | undefined;
  readonly blobId: number | undefined;
  readonly bytes: Uint8Array;
  /** For people, and what an error about it must name. */
  readonly name: string;
}

/** Everything that a store consists of. */
export function targetsIn(disk: SimulatedDisk): Target[] {
  const found: Target[] = [];
  for (const [location, state] of disk.databases) {
    for (const { key, value } of state.all()) found.push(valueAt(location, key, value));
  }
  for (const [path, bytes] of disk.tree.files()) {
    if (path.endsWith('/CURRENT')) continue;
    const kind = path.endsWith('.wal') ? 'segment' : 'format';
    found.push({ kind, location: path, key: undefined, blobId: undefined, bytes, name: path.slice(LOCATION.length + 1) });
  }
  return found;
}

/** Puts other bytes in its place; undefined: nothing. */
export function replace(disk: SimulatedDisk, { location, key }: Target, bytes: Uint8Array | undefined): void {
  const state = disk.databases.get(location);
  if (key === undefined && bytes === undefined) disk.tree.remove(location);
  else if (key === undefined) disk.tree.put(location, bytes ?? new Uint8Array(0));
  else if (bytes === undefined) state?.write([], [key], true);
  else state?.write([{ key, value: bytes }], [], true);
}

/** What stands there on another disk. */
export function valueOn(disk: SimulatedDisk, { location, key }: Target): Uint8Array | undefined {
  if (key !== undefined) return disk.databases.get(location)?.get(key);
  return disk.tree.files().find(([path]) => path === location)?.[1];
}

function valueAt(location: string, key: Uint8Array, bytes: Uint8Array): Target {
  if (key[0] === BLOB_PREFIX) return blobValue(location, key, bytes);
  if (key[0] !== MANIFEST_PREFIX) throw new Error(`an unknown key in ${location}: ${key}`);
  const number = Number(new DataView(key.buffer, key.byteOffset).getBigUint64(1));
  const kind = number === 0 ? 'manifest head' : 'manifest entry';
  return { kind, location, key, blobId: undefined, bytes, name: number === 0 ? 'the head' : `entry ${number}` };
}

function blobValue(location: string, key: Uint8Array, bytes: Uint8Array): Target {
  const number = new DataView(key.buffer, key.byteOffset).getUint32(9);
  const blobId = blobIdOf(key);
  if (number === SEAL_BLOCK) return { kind: 'seal', location, key, blobId, bytes, name: `seal of blob ${blobId}` };
  return { kind: 'block', location, key, blobId, bytes, name: `block ${number} of blob ${blobId}` };
}
