import type { Database, DatabaseOptions } from './database.ts';

/**
 * Everything that the engine takes from its surroundings. `platform/` implements it over Node; a simulation replaces
 * it. Nothing outside `platform/` reads a clock, draws a random number, starts a thread or touches a file by itself.
 */
export interface Runtime {
  /** All times that the engine takes. */
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /** CRC-32 (IEEE) of the bytes, continued from `seed`; an unsigned 32-bit number. */
  checksum(bytes: Uint8Array, seed?: number): number;
  /** Keeps the process from ending by itself until it is released: somebody waits for something. */
  keepAlive(): Release;
  /** Resolves after the event loop has had a turn. */
  turn(): Promise<void>;
  /** The real ones. */
  readonly files: Files;
  /** Files that live in this process's memory, for `storage: 'memory'`. */
  memoryFiles(): Files;
  /** Holds the location for this process, over all threads; undefined when somebody here has it already. */
  lock(realPath: string): Promise<Release | undefined>;
  /** undefined where there are no threads. */
  readonly startThread?: (name: string) => Thread;
  /** Asked before threads are needed. LITHIFY_UNSUPPORTED: none could be started. Absent: nothing speaks against it. */
  readonly checkThreads?: () => void;
  /**
   * Opens a database of a store in this directory. Default: LevelDB, which is also what threads open: an engine whose
   * databases come from here does its jobs in its own thread (`workers: 0`).
   */
  readonly openDatabase?: (location: string, options: DatabaseOptions) => Promise<Database>;
  /** Awaited before a job that was handed out begins in this thread: a simulation lets others go first. */
  readonly beforeJob?: () => Promise<void>;
  /** Where the JS heap, array buffers and the process stand now, in bytes. */
  memory(): {
    /** Of the process. */
    rss: number;
    /** Of the JS heap. */
    heapUsed: number;
    /** Outside that heap. */
    arrayBuffers: number;
  };
  /** The longest time the event loop was held since the last call, in ms; undefined where it cannot be told. */
  longestDelay?(): number;
  /** A channel that anybody in the process can listen on by its name. Absent: nobody can. */
  readonly channel?: (name: string) => Publisher;
}

/** Nothing that a listener throws may come back from these calls. */
export interface Publisher {
  /** Does anybody listen now? */
  readonly hasSubscribers: boolean;
  /** Hands it to whoever listens, before it returns. */
  publish(message: object): void;
  /** Publishes, and runs this within what listeners have bound to the channel, such as an AsyncLocalStorage. */
  run<T>(message: object, work: () => T): T;
}

export type Release = () => void;

/** Where times come from. */
export interface Clock {
  /** Monotonic milliseconds, with fractions. */
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  /** Never keeps the process alive; any delay is honoured, also above 2^31 ms. */
  setTimer(run: () => void, ms: number): TimerId;
  /** One that has run, or was cleared, is fine. */
  clearTimer(timer: TimerId): void;
}

/** Opaque: only the clock that made it knows what it is. */
export type TimerId = unknown;

/** A worker thread as its owner sees it. `endpoint` is what Comlink wraps. */
export interface Thread {
  /** Its messages. */
  readonly endpoint: ThreadEndpoint;
  /** Called once, when the thread is gone for whatever reason. */
  onExit(listener: (reason: Error) => void): void;
  /** Does the thread hold the process open? Idle threads do not. */
  setHeld(held: boolean): void;
  /** Ends it wherever it is; resolves when it has ended. */
  terminate(): Promise<void>;
}

/** What Comlink talks through: a port, as the web has it. */
export interface ThreadEndpoint {
  /** Sends a copy, but for what is transferred. */
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  /** Type 'message'. */
  addEventListener(type: string, listener: (event: { data: unknown }) => void): void;
  /** As it was added. */
  removeEventListener(type: string, listener: (event: { data: unknown }) => void): void;
}

/** The few file operations that a store needs beside LevelDB. Paths are absolute; errors are Node's, with `code`. */
export interface Files {
  /** Absolute, without links; fails with ENOENT where there is nothing. */
  realPath(path: string): Promise<string>;
  /** Creates parents too; the new entries are durable. */
  makeDirectory(path: string): Promise<void>;
  /** Removes an empty directory; one that is not empty, or not there, is left as it is. */
  removeEmptyDirectory(path: string): Promise<void>;
  /** Names of the entries, sorted; an empty list when the directory does not exist. */
  list(path: string): Promise<string[]>;
  /** A file or a directory. */
  exists(path: string): Promise<boolean>;
  /** Bytes of a file. */
  size(path: string): Promise<number>;
  /** `length` bytes from `offset`, fewer at the end of the file. */
  read(path: string, offset?: number, length?: number): Promise<Uint8Array>;
  /** Replaces the file as a whole and makes it durable: a crash leaves the old or the new one. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Removing what is not there succeeds. */
  remove(path: string): Promise<void>;
  /** Creates the file, durably; fails with EEXIST when it is there. */
  createAppend(path: string): Promise<AppendFile>;
  /** Opens an existing file to go on at its end; fails with ENOENT when it is not there. */
  openAppend(path: string): Promise<AppendFile>;
  /** Allocates real blocks, so that deleting the file frees them. */
  reserve(path: string, bytes: number): Promise<void>;
  /** Bytes that the file system of this path has left for us. */
  freeBytes(path: string): Promise<number>;
  /** Bytes that the directory occupies, files below it included. */
  diskUsage(path: string): Promise<number>;
  /** The directory, absolute, that an entry is in or would be in, and its name; nothing need be there. Links are not followed. */
  placeOf(path: string): {
    /** Absolute. */
    readonly parent: string;
    /** The last part of the path. */
    readonly name: string;
  };
  /**
   * Gives a directory another place in its file system, in one step: a crash leaves it here or there. Its entries, and
   * those of the directories below, are durable before. `to` is not there or is an empty directory; else it fails with
   * ENOTEMPTY, EEXIST or ENOTDIR. After a failure it is where it was.
   */
  moveDirectory(from: string, to: string): Promise<void>;
  /** With everything below; removing what is not there succeeds. */
  removeDirectory(path: string): Promise<void>;
  /** A symbolic link at `path` to what exists. Absent where there are none. */
  link?(existing: string, path: string): Promise<void>;
}

/** A file that only grows, but for `truncate`. */
export interface AppendFile {
  /** Bytes now. */
  readonly length: number;
  /** Appends all of the bytes, or fails; with `sync` they are on disk when it resolves. One call at a time. */
  append(bytes: Uint8Array, sync: boolean): Promise<void>;
  /** Resolves when all of it is on disk. */
  sync(): Promise<void>;
  /** Cuts the file back, durably. */
  truncate(length: number): Promise<void>;
  /** It is not used after that. */
  close(): Promise<void>;
}
