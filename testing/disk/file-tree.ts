import type { Random } from '../random.ts';
import { type CrashKind, survives } from './crash.ts';

/** Only its end changes, so that an image may share the bytes up to there. */
export interface TreeFile {
  bytes: Uint8Array;
  length: number;
  /** So much of it is on disk for certain. */
  synced: number;
}

/** Absent: a directory. */
type Node = TreeFile | undefined;
type SystemCode = 'ENOENT' | 'EEXIST' | 'EISDIR' | 'ENOTDIR' | 'ENOTEMPTY';

/** How often a file that was removed is back after a power loss: nobody synced its directory. */
const COMES_BACK = 0.5;

/** Directories and files as the system shows them, and as the disk has them. Absolute paths with '/'; no links. */
export class FileTree {
  readonly #nodes: Map<string, Node>;
  /** Removed, and not for certain. */
  readonly #removed: Map<string, TreeFile>;

  constructor(nodes: ReadonlyMap<string, Node> = new Map([['/', undefined]]), removed: ReadonlyMap<string, TreeFile> = new Map()) {
    this.#nodes = new Map(nodes);
    this.#removed = new Map(removed);
  }

  /** As it is now, whatever happens to this one later. */
  image(): FileTree {
    const nodes = [...this.#nodes].map(([path, node]): [string, Node] => [path, node && imageOf(node)]);
    // What is removed can be open, and still be written to.
    const removed = [...this.#removed].map(([path, file]): [string, TreeFile] => [path, imageOf(file)]);
    return new FileTree(new Map(nodes), new Map(removed));
  }

  /** What the next process finds. */
  afterCrash(kind: CrashKind, random: Random): FileTree {
    const found = new Map<string, Node>();
    for (const [path, node] of this.#nodes) found.set(path, node && crashed(node, kind, random));
    for (const [path, file] of this.#removed) {
      const comesBack = kind === 'power' && random.chance(COMES_BACK);
      if (comesBack && !found.has(path) && found.has(parentOf(path))) found.set(path, crashed(file, kind, random));
    }
    return new FileTree(found);
  }

  has(path: string): boolean {
    return this.#nodes.has(path);
  }

  file(path: string, call: string): TreeFile {
    const file = this.#nodes.get(this.present(path, call));
    if (file === undefined) throw treeError('EISDIR', call, path);
    return file;
  }

  present(path: string, call: string): string {
    if (!this.#nodes.has(path)) throw treeError('ENOENT', call, path);
    return path;
  }

  makeDirectory(path: string): void {
    for (let at = path; at !== '/'; at = parentOf(at)) {
      if (this.#nodes.get(at) !== undefined) throw treeError('EEXIST', 'mkdir', path);
      this.#nodes.set(at, undefined);
    }
  }

  put(path: string, bytes: Uint8Array): void {
    this.present(parentOf(path), 'open');
    if (this.#nodes.has(path)) this.file(path, 'open');
    this.#nodes.set(path, { bytes: new Uint8Array(bytes), length: bytes.length, synced: bytes.length });
    this.#removed.delete(path);
  }

  remove(path: string): void {
    if (!this.#nodes.has(path)) return;
    this.#removed.set(path, this.file(path, 'unlink'));
    this.#nodes.delete(path);
  }

  /** With everything below it. */
  removeDirectory(path: string): void {
    for (const name of this.#below(path)) this.#nodes.delete(name);
  }

  moveDirectory(from: string, to: string): void {
    this.present(from, 'rename');
    if (this.#nodes.get(to) !== undefined) throw treeError('ENOTDIR', 'rename', to);
    if (this.children(to).length > 0) throw treeError('ENOTEMPTY', 'rename', to);
    this.present(parentOf(to), 'rename');
    for (const name of this.#below(from)) {
      this.#nodes.set(to + name.slice(from.length), this.#nodes.get(name));
      this.#nodes.delete(name);
    }
  }

  /** Names, sorted. */
  children(path: string): string[] {
    const prefix = under(path);
    const rests = [...this.#nodes.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    return rests.filter((rest) => rest !== '' && !rest.includes('/')).sort();
  }

  usage(path: string): number {
    let total = 0;
    for (const [name, node] of this.#nodes) if (name.startsWith(under(path))) total += node?.length ?? 0;
    return total;
  }

  /** Every file with its bytes, by path. */
  files(): [string, Uint8Array][] {
    const files = [...this.#nodes].flatMap(([path, node]): [string, Uint8Array][] =>
      node === undefined ? [] : [[path, node.bytes.subarray(0, node.length)]],
    );
    return files.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #below(path: string): string[] {
    return [...this.#nodes.keys()].filter((name) => name === path || name.startsWith(under(path)));
  }
}

export function append(file: TreeFile, bytes: Uint8Array): void {
  const needed = file.length + bytes.length;
  if (needed > file.bytes.length) {
    const grown = new Uint8Array(Math.max(needed, 2 * file.bytes.length));
    grown.set(file.bytes.subarray(0, file.length));
    file.bytes = grown;
  }
  file.bytes.set(bytes, file.length);
  file.length = needed;
}

export function truncate(file: TreeFile, length: number): void {
  // A copy: images may share the bytes that the next append would write over.
  file.bytes = file.bytes.slice(0, length);
  file.length = length;
  file.synced = Math.min(file.synced, length);
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function crashed({ bytes, length, synced }: TreeFile, kind: CrashKind, random: Random): TreeFile {
  const left = synced + survives(length - synced, kind, random);
  return { bytes: bytes.slice(0, left), length: left, synced: left };
}

/** Without the room behind its end: the next append would write there, and so would that of the other one. */
function imageOf({ bytes, length, synced }: TreeFile): TreeFile {
  return { bytes: bytes.subarray(0, length), length, synced };
}

function under(path: string): string {
  return path === '/' ? '/' : `${path}/`;
}

function treeError(code: SystemCode, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall, path });
}
