import { type AppendHandle, HandleAppendFile } from '../../platform/append-file.ts';
import type { AppendFile, Files } from '../../protocol/runtime.ts';
import type { Operations } from './operations.ts';
import { flipped, type Operation, type OperationKind, systemError } from './rules.ts';

/**
 * Files that fail as the rules of `operations` say; targets are paths. An append is an 'append', and with `sync` a 'sync'
 * after it, of which a rule may let either fail: 'short' leaves the first half of the bytes behind. A file that is
 * 'missing' is ENOENT when it is read or opened, though it is listed; one that is 'undead' is there after it was removed.
 */
export function faultyFiles(inner: Files, operations: Operations): Files {
  const run = <T>(kind: OperationKind, path: string, effect: () => Promise<T>): Promise<T> => {
    const operation = { kind, target: path };
    return operations.run(operation, (fault) => {
      if (fault?.kind === 'missing') throw systemError('ENOENT', operation);
      return effect();
    });
  };
  const remove = (path: string, effect: () => Promise<void>) =>
    operations.run({ kind: 'remove', target: path }, async (fault) => {
      if (fault?.kind !== 'undead') await effect();
    });
  const { link } = inner;
  const opened = async (path: string, file: Promise<AppendFile>) => faultyAppend(await file, operations, path);
  return {
    realPath: (path) => inner.realPath(path),
    exists: (path) => inner.exists(path),
    size: (path) => inner.size(path),
    freeBytes: (path) => inner.freeBytes(path),
    diskUsage: (path) => inner.diskUsage(path),
    placeOf: (path) => inner.placeOf(path),
    ...(link && { link: (existing, path) => link.call(inner, existing, path) }),
    makeDirectory: (path) => run('create', path, () => inner.makeDirectory(path)),
    removeEmptyDirectory: (path) => remove(path, () => inner.removeEmptyDirectory(path)),
    list: (path) => run('list', path, () => inner.list(path)),
    read: (path, offset, length) => read(inner, operations, path, offset, length),
    replace: (path, bytes) => writing(operations, { kind: 'replace', target: path, bytes: bytes.length }, () => inner.replace(path, bytes)),
    remove: (path) => remove(path, () => inner.remove(path)),
    createAppend: (path) => run('create', path, () => opened(path, inner.createAppend(path))),
    openAppend: (path) => run('open', path, () => opened(path, inner.openAppend(path))),
    reserve: (path, bytes) => writing(operations, { kind: 'create', target: path, bytes }, () => inner.reserve(path, bytes)),
    moveDirectory: (from, to) => run('move', from, () => inner.moveDirectory(from, to)),
    removeDirectory: (path) => remove(path, () => inner.removeDirectory(path)),
  };
}

function read(inner: Files, operations: Operations, path: string, offset?: number, length?: number): Promise<Uint8Array> {
  const operation: Operation = { kind: 'read', target: path };
  return operations.run(operation, async (fault) => {
    if (fault?.kind === 'missing') throw systemError('ENOENT', operation);
    const bytes = await inner.read(path, offset, length);
    return fault?.kind === 'flip' ? flipped(bytes, operations.random) : bytes;
  });
}

/** As a whole or not at all. */
function writing(operations: Operations, operation: Operation, effect: () => Promise<void>): Promise<void> {
  return operations.run(operation, async (fault) => {
    if (fault?.kind !== 'short') await effect();
  });
}

/** With the rules of platform/append-file.ts about what a failed append or sync leaves behind. */
function faultyAppend(file: AppendFile, operations: Operations, path: string): AppendFile {
  const sync = () => operations.run({ kind: 'sync', target: path }, () => file.sync());
  const handle: AppendHandle = {
    write: (bytes) =>
      operations.run({ kind: 'append', target: path, bytes: bytes.length }, async (fault) => {
        await file.append(fault?.kind === 'short' ? bytes.subarray(0, bytes.length >> 1) : bytes, false);
        return { bytesWritten: bytes.length };
      }),
    datasync: sync,
    sync,
    truncate: (length) => operations.run({ kind: 'truncate', target: path }, () => file.truncate(length)),
    close: () => file.close(),
  };
  return new HandleAppendFile(handle, file.length);
}
