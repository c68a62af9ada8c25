import type { AppendFile, Files } from '../../protocol/runtime.ts';

export type FaultyCall = 'append' | 'sync' | 'truncate' | 'create' | 'open' | 'remove' | 'replace' | 'read' | 'list';

export interface FileFault {
  readonly call: FaultyCall;
  /** Which call from now on fails first, from 1. Default 1. */
  readonly at?: number;
  /** How many fail from there on. Default 1. */
  readonly times?: number;
  /** 'ENOSPC', 'EIO', … */
  readonly code: string;
  /** What happens all the same: nothing, half of the bytes (of an append), or everything. Default nothing. */
  readonly effect?: 'none' | 'half' | 'whole';
}

interface Armed extends FileFault {
  seen: number;
}

/**
 * Files that fail when told to. An append with `sync` is an 'append' followed by a 'sync'. As in platform/, a file whose
 * sync failed takes nothing any more; with `forgetful` it does, as it would by itself: what was not on disk at that
 * moment never gets there, and the next sync is a success. `powerLoss` takes away what was never synced.
 */
export class FaultyFiles implements Files {
  readonly #inner: Files;
  #faults: Armed[] = [];
  readonly forgetful: boolean;
  /** Bytes that are on disk for certain, by path. */
  readonly #synced = new Map<string, number>();
  /** Stretches that never get there, by path. */
  readonly #forgotten = new Map<string, (readonly [start: number, end: number])[]>();
  readonly counts: Record<FaultyCall, number> = {
    append: 0,
    sync: 0,
    truncate: 0,
    create: 0,
    open: 0,
    remove: 0,
    replace: 0,
    read: 0,
    list: 0,
  };

  constructor(inner: Files, { forgetful = false }: { forgetful?: boolean } = {}) {
    this.#inner = inner;
    this.forgetful = forgetful;
  }

  fail(fault: FileFault): void {
    this.#faults.push({ ...fault, seen: 0 });
  }

  heal(): void {
    this.#faults = [];
  }

  /** Counts the call; the fault that is due, if any. */
  due(call: FaultyCall): FileFault | undefined {
    this.counts[call]++;
    let due: FileFault | undefined;
    for (const fault of this.#faults) {
      if (fault.call !== call) continue;
      const { at = 1, times = 1 } = fault;
      fault.seen++;
      if (fault.seen >= at && fault.seen < at + times) due ??= fault;
    }
    return due;
  }

  async run<T>(call: FaultyCall, effect: () => Promise<T>): Promise<T> {
    const fault = this.due(call);
    if (fault === undefined) return effect();
    if (fault.effect === 'whole') await effect();
    throw fileError(fault.code, call);
  }

  markSynced(path: string, length: number): void {
    this.#synced.set(path, length);
  }

  /** The system wrote after all what it forgot: a process that starts later could not tell, and relies on it. */
  remindAll(): void {
    this.#forgotten.clear();
  }

  forget(path: string, end: number): void {
    const start = this.#synced.get(path) ?? 0;
    this.#forgotten.set(path, [...(this.#forgotten.get(path) ?? []), [start, end]]);
  }

  /** What is written over is new, and can get to the disk. */
  remember(path: string, from: number): void {
    const kept = (this.#forgotten.get(path) ?? []).map(([start, end]) => [start, Math.min(end, from)] as const);
    this.#forgotten.set(
      path,
      kept.filter(([start, end]) => start < end),
    );
  }

  /** Cuts every file back to what was synced, plus `keep(unsynced, path)` bytes. What is open must not be used any more. */
  async powerLoss(keep: (unsynced: number, path: string) => number = () => 0): Promise<void> {
    for (const [path, synced] of this.#synced) {
      if (!(await this.#inner.exists(path))) continue;
      const file = await this.#inner.openAppend(path);
      await file.truncate(synced + Math.min(keep(file.length - synced, path), file.length - synced));
      await file.close();
      const bytes = await this.#inner.read(path);
      for (const [start, end] of this.#forgotten.get(path) ?? []) bytes.fill(0, start, end);
      await this.#inner.replace(path, bytes);
    }
  }

  realPath(path: string): Promise<string> {
    return this.#inner.realPath(path);
  }
  makeDirectory(path: string): Promise<void> {
    return this.#inner.makeDirectory(path);
  }
  removeEmptyDirectory(path: string): Promise<void> {
    return this.#inner.removeEmptyDirectory(path);
  }
  list(path: string): Promise<string[]> {
    return this.run('list', () => this.#inner.list(path));
  }
  exists(path: string): Promise<boolean> {
    return this.#inner.exists(path);
  }
  size(path: string): Promise<number> {
    return this.#inner.size(path);
  }
  read(path: string, offset?: number, length?: number): Promise<Uint8Array> {
    return this.run('read', () => this.#inner.read(path, offset, length));
  }
  replace(path: string, bytes: Uint8Array): Promise<void> {
    return this.run('replace', () => this.#inner.replace(path, bytes));
  }
  remove(path: string): Promise<void> {
    return this.run('remove', () => this.#inner.remove(path));
  }
  createAppend(path: string): Promise<AppendFile> {
    return this.run('create', async () => {
      const file = new FaultyAppendFile(this, path, await this.#inner.createAppend(path));
      this.markSynced(path, 0);
      this.remember(path, 0);
      return file;
    });
  }
  openAppend(path: string): Promise<AppendFile> {
    return this.run('open', async () => new FaultyAppendFile(this, path, await this.#inner.openAppend(path)));
  }
  reserve(path: string, bytes: number): Promise<void> {
    return this.#inner.reserve(path, bytes);
  }
  freeBytes(path: string): Promise<number> {
    return this.#inner.freeBytes(path);
  }
  diskUsage(path: string): Promise<number> {
    return this.#inner.diskUsage(path);
  }
  placeOf(path: string): ReturnType<Files['placeOf']> {
    return this.#inner.placeOf(path);
  }
  moveDirectory(from: string, to: string): Promise<void> {
    return this.#inner.moveDirectory(from, to);
  }
  removeDirectory(path: string): Promise<void> {
    return this.#inner.removeDirectory(path);
  }
}

class FaultyAppendFile implements AppendFile {
  readonly #owner: FaultyFiles;
  readonly #path: string;
  readonly #inner: AppendFile;
  #syncFailure: Error | undefined;

  constructor(owner: FaultyFiles, path: string, inner: AppendFile) {
    this.#owner = owner;
    this.#path = path;
    this.#inner = inner;
  }

  get length(): number {
    return this.#inner.length;
  }

  async append(bytes: Uint8Array, sync: boolean): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    const fault = this.#owner.due('append');
    if (fault !== undefined) {
      const written = { none: 0, half: bytes.length >> 1, whole: bytes.length }[fault.effect ?? 'none'];
      await this.#inner.append(bytes.subarray(0, written), false);
      throw fileError(fault.code, 'append');
    }
    await this.#inner.append(bytes, false);
    if (sync) await this.sync();
  }

  async sync(): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    const fault = this.#owner.due('sync');
    if (fault === undefined || fault.effect === 'whole') {
      await this.#inner.sync();
      this.#owner.markSynced(this.#path, this.#inner.length);
    }
    if (fault === undefined) return;
    const failure = fileError(fault.code, 'fdatasync');
    if (this.#owner.forgetful) this.#owner.forget(this.#path, this.#inner.length);
    else this.#syncFailure = failure;
    throw failure;
  }

  async truncate(length: number): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    await this.#owner.run('truncate', () => this.#inner.truncate(length));
    this.#owner.remember(this.#path, length);
    this.#owner.markSynced(this.#path, length);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

function fileError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: injected, ${syscall}`), { code, syscall });
}
