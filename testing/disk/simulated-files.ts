import { HandleAppendFile } from '../../platform/append-file.ts';
import { normal } from '../../platform/memory-files.ts';
import type { AppendFile, Files } from '../../protocol/runtime.ts';
import type { Operations } from '../faults/operations.ts';
import { flipped, type OperationKind } from '../faults/rules.ts';
import { append, type FileTree, parentOf, type TreeFile, truncate } from './file-tree.ts';

/** What else lives in directories. */
export interface Tenants {
  moved(from: string, to: string): void;
  removed(path: string): void;
}

/** `Files` over a tree, every call of which is an operation. Appended bytes are written in one and synced in another. */
export function simulatedFiles(tree: FileTree, operations: Operations, tenants: Tenants): Files {
  const run = <T>(kind: OperationKind, path: string, effect: () => T) => operations.run({ kind, target: path }, effect);
  const appendTo = (path: string) => {
    const file = tree.file(path, 'open');
    return new HandleAppendFile(new Handle(path, file, operations), file.length);
  };
  return {
    realPath: async (path) => tree.present(normal(path), 'realpath'),
    makeDirectory: (path) => run('create', normal(path), () => tree.makeDirectory(normal(path))),
    removeEmptyDirectory: (path) =>
      run('remove', normal(path), () => {
        if (tree.has(normal(path)) && tree.children(normal(path)).length === 0) tree.removeDirectory(normal(path));
      }),
    list: (path) => run('list', normal(path), () => tree.children(normal(path))),
    exists: async (path) => tree.has(normal(path)),
    size: async (path) => tree.file(normal(path), 'stat').length,
    read: (path, offset, length) => readFile(tree, operations, normal(path), offset, length),
    replace: (path, bytes) =>
      operations.run({ kind: 'replace', target: normal(path), bytes: bytes.length }, () => tree.put(normal(path), bytes)),
    remove: (path) => run('remove', normal(path), () => tree.remove(normal(path))),
    createAppend: (path) => run('create', normal(path), () => create(tree, normal(path), appendTo)),
    openAppend: (path) => run('open', normal(path), () => appendTo(normal(path))),
    reserve: async () => {},
    freeBytes: async () => Number.MAX_SAFE_INTEGER,
    diskUsage: async (path) => tree.usage(normal(path)),
    placeOf: (path) => ({ parent: parentOf(normal(path)), name: normal(path).slice(normal(path).lastIndexOf('/') + 1) }),
    moveDirectory: (from, to) =>
      run('move', normal(from), () => {
        tree.moveDirectory(normal(from), normal(to));
        tenants.moved(normal(from), normal(to));
      }),
    removeDirectory: (path) =>
      run('remove', normal(path), () => {
        tree.removeDirectory(normal(path));
        tenants.removed(normal(path));
      }),
  };
}

function create(tree: FileTree, path: string, open: (path: string) => AppendFile): AppendFile {
  if (tree.has(path)) throw Object.assign(new Error(`EEXIST: open '${path}'`), { code: 'EEXIST', syscall: 'open' });
  tree.put(path, new Uint8Array(0));
  return open(path);
}

function readFile(
  tree: FileTree,
  operations: Operations,
  path: string,
  offset = 0,
  length = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  return operations.run({ kind: 'read', target: path }, (fault) => {
    const file = tree.file(path, 'open');
    const bytes = file.bytes.slice(Math.min(offset, file.length), Math.min(offset + length, file.length));
    return fault?.kind === 'flip' ? flipped(bytes, operations.random) : bytes;
  });
}

/** What platform/append-file.ts needs of an open file: its own rules about failed appends and syncs are simulated too. */
class Handle {
  readonly #path: string;
  readonly #file: TreeFile;
  readonly #operations: Operations;

  constructor(path: string, file: TreeFile, operations: Operations) {
    this.#path = path;
    this.#file = file;
    this.#operations = operations;
  }

  write(bytes: Uint8Array): Promise<{ bytesWritten: number }> {
    return this.#operations.run({ kind: 'append', target: this.#path, bytes: bytes.length }, (fault) => {
      append(this.#file, fault?.kind === 'short' ? bytes.subarray(0, bytes.length >> 1) : bytes);
      return { bytesWritten: bytes.length };
    });
  }

  async sync(): Promise<void> {
    // What is appended while a sync is under way may miss it.
    const { length } = this.#file;
    await this.#operations.run({ kind: 'sync', target: this.#path }, () => {
      this.#file.synced = Math.max(this.#file.synced, Math.min(length, this.#file.length));
    });
  }

  datasync(): Promise<void> {
    return this.sync();
  }

  truncate(length: number): Promise<void> {
    return this.#operations.run({ kind: 'truncate', target: this.#path }, () => truncate(this.#file, length));
  }

  async close(): Promise<void> {}
}
