import { setImmediate } from 'node:timers/promises';
import type { AppendFile, Files } from '../protocol/runtime.ts';

interface MemoryFile {
  bytes: Uint8Array;
  length: number;
}
/** Paths to files, and directories to undefined. */
type Tree = Map<string, MemoryFile | undefined>;

/** `Files` that live in this process and are gone with it. Absolute paths with '/'; no links. */
export function memoryFiles(): Files {
  const tree: Tree = new Map([['/', undefined]]);
  return {
    realPath: async (path) => present(tree, path, 'realpath'),
    makeDirectory: async (path) => makeDirectory(tree, path),
    removeEmptyDirectory: async (path) => {
      if (tree.has(normal(path)) && childrenOf(tree, path).length === 0) tree.delete(normal(path));
    },
    list: async (path) => childrenOf(tree, path),
    exists: async (path) => tree.has(normal(path)),
    size: async (path) => fileAt(tree, path, 'stat').length,
    read: async (path, offset = 0, length = Number.POSITIVE_INFINITY) => {
      const file = fileAt(tree, path, 'open');
      return file.bytes.slice(Math.min(offset, file.length), Math.min(offset + length, file.length));
    },
    replace: async (path, bytes) => {
      put(tree, path, bytes.slice());
    },
    remove: async (path) => remove(tree, path),
    createAppend: async (path) => {
      if (tree.has(normal(path))) throw fileError('EEXIST', 'file already exists', 'open', path);
      return new MemoryAppendFile(put(tree, path, new Uint8Array(0)), path);
    },
    openAppend: async (path) => new MemoryAppendFile(fileAt(tree, path, 'open'), path),
    reserve: async (path, bytes) => {
      if ((tree.get(normal(path))?.length ?? -1) < bytes) put(tree, path, new Uint8Array(bytes));
    },
    freeBytes: async () => Number.MAX_SAFE_INTEGER,
    diskUsage: async (path) => usage(tree, path),
    placeOf: (path) => ({ parent: parentOf(normal(path)), name: normal(path).slice(normal(path).lastIndexOf('/') + 1) }),
    moveDirectory: async (from, to) => moveDirectory(tree, from, to),
    removeDirectory: async (path) => {
      for (const name of below(tree, path)) tree.delete(name);
    },
  };
}

/**
 * Nothing here waits for a disk: who awaits one write after the other would never let the event loop go on, and with it timers, flushes
 * and whatever tells writers to slow down.
 */
const LONGEST_HOLD_MS = 4;
let lastTurn = performance.now();

async function turn(): Promise<void> {
  await setImmediate();
  lastTurn = performance.now();
}

class MemoryAppendFile implements AppendFile {
  readonly #file: MemoryFile;
  readonly #path: string;
  #closed = false;

  constructor(file: MemoryFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  get length(): number {
    return this.#file.length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#refuseClosed('write');
    const file = this.#file;
    const needed = file.length + bytes.length;
    if (needed > file.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * file.bytes.length));
      grown.set(file.bytes.subarray(0, file.length));
      file.bytes = grown;
    }
    file.bytes.set(bytes, file.length);
    file.length = needed;
    if (performance.now() - lastTurn > LONGEST_HOLD_MS) await turn();
  }

  async sync(): Promise<void> {
    this.#refuseClosed('fdatasync');
  }

  async truncate(length: number): Promise<void> {
    this.#refuseClosed('ftruncate');
    if (length > this.#file.length) throw new RangeError(`Cannot cut a file of ${this.#file.length} bytes back to ${length}.`);
    this.#file.length = length;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #refuseClosed(call: string): void {
    if (this.#closed) throw fileError('EBADF', 'file closed', call, this.#path);
  }
}

/** One spelling a path: no '.', '..', double or trailing slash. */
export function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function present(tree: Tree, path: string, call: string): string {
  const name = normal(path);
  if (!tree.has(name)) throw fileError('ENOENT', 'no such file or directory', call, path);
  return name;
}

function fileAt(tree: Tree, path: string, call: string): MemoryFile {
  const file = tree.get(present(tree, path, call));
  if (file === undefined) throw fileError('EISDIR', 'illegal operation on a directory', call, path);
  return file;
}

function makeDirectory(tree: Tree, path: string): void {
  for (let at = normal(path); at !== '/'; at = parentOf(at)) {
    if (tree.get(at) !== undefined) throw fileError('EEXIST', 'file already exists', 'mkdir', path);
    tree.set(at, undefined);
  }
}

function childrenOf(tree: Tree, path: string): string[] {
  const prefix = under(path);
  const names: string[] = [];
  for (const name of tree.keys()) {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (rest !== '' && !rest.includes('/')) names.push(rest);
  }
  return names.sort();
}

function put(tree: Tree, path: string, bytes: Uint8Array): MemoryFile {
  const name = normal(path);
  if (!tree.has(parentOf(name))) throw fileError('ENOENT', 'no such file or directory', 'open', path);
  if (tree.has(name) && tree.get(name) === undefined) throw fileError('EISDIR', 'illegal operation on a directory', 'open', path);
  const file = { bytes, length: bytes.length };
  tree.set(name, file);
  return file;
}

function remove(tree: Tree, path: string): void {
  const name = normal(path);
  if (!tree.has(name)) return;
  fileAt(tree, path, 'unlink');
  tree.delete(name);
}

/** The directory itself and everything under it. */
function below(tree: Tree, path: string): string[] {
  return [...tree.keys()].filter((name) => name === normal(path) || name.startsWith(under(path)));
}

function moveDirectory(tree: Tree, from: string, to: string): void {
  const [source, target] = [present(tree, from, 'rename'), normal(to)];
  if (tree.get(target) !== undefined) throw fileError('ENOTDIR', 'not a directory', 'rename', to);
  if (childrenOf(tree, target).length > 0) throw fileError('ENOTEMPTY', 'directory not empty', 'rename', to);
  present(tree, parentOf(target), 'rename');
  for (const name of below(tree, source)) {
    tree.set(target + name.slice(source.length), tree.get(name));
    tree.delete(name);
  }
}

function usage(tree: Tree, path: string): number {
  const prefix = under(path);
  let total = 0;
  for (const [name, file] of tree) if (name.startsWith(prefix)) total += file?.length ?? 0;
  return total;
}

function under(path: string): string {
  const name = normal(path);
  return name === '/' ? '/' : `${name}/`;
}

function fileError(code: string, why: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${why}, ${syscall} '${path}'`), { code, syscall, path });
}
