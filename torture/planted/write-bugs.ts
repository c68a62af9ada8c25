import type { Bug } from './bug.ts';

/** On the way from a write to the disk and back. */
export const WRITE_BUGS: readonly Bug[] = [
  {
    name: 'a write is acknowledged before its sync',
    promise: 1,
    file: 'storage/wal/segment-writer.ts',
    find: 'await this.#file.append(record, sync);',
    replace: 'await this.#file.append(record, false);\n      if (sync) void this.#file.sync().catch(() => undefined);',
    attack: 'simulation',
    rounds: 90,
  },
  {
    name: 'a write is acknowledged before it is written',
    promise: 1,
    file: 'storage/wal/segment-writer.ts',
    find: 'await this.#file.append(record, sync);',
    replace: 'void this.#file.append(record, sync).catch(() => undefined);',
    attack: 'kill',
    rounds: 4,
    isQuick: true,
  },
  {
    name: 'the write-ahead log is never synced',
    promise: 1,
    file: 'storage/wal/segment-writer.ts',
    find: 'await this.#file.append(record, sync);',
    replace: 'await this.#file.append(record, false);',
    attack: 'simulation',
    rounds: 30,
  },
  {
    name: 'rotating the log leaves the end of the old segment unsynced',
    promise: 1,
    file: 'storage/wal/wal.ts',
    find: 'await this.#writer.sync();\n      await this.#beginNext();',
    replace: 'await this.#beginNext();',
    attack: 'simulation',
    rounds: 90,
  },
  {
    name: 'a batch comes in two records of the log',
    promise: 1,
    file: 'actors/writer.ts',
    find: 'return this.#submitted(this.#parts.queue.batch(operations, sync));',
    replace: `const half = operations.slice(0, operations.length >> 1);
    const first = this.#parts.queue.write({ operations: half, records: [], groups: [], check: async () => undefined }, sync);
    void this.#submitted(first.done).catch(() => undefined);
    return this.#submitted(this.#parts.queue.batch(operations.slice(half.length), sync));`,
    attack: 'simulation',
    rounds: 10,
    isQuick: true,
  },
  {
    name: 'a write that is refused can be read',
    promise: 1,
    file: 'actors/writer.ts',
    find: "return this.#refused(group, asLithifyError(error, 'LITHIFY_WAL', 'Writing the log'), true);",
    replace: `await applyGroup(memtables.live, builder.group(first), turn);
      this.#lastSequence += builder.count;
      return this.#refused(group, asLithifyError(error, 'LITHIFY_WAL', 'Writing the log'), true);`,
    attack: 'simulation',
    rounds: 10,
    isQuick: true,
  },
  {
    name: 'the log forgets more than the flush has written',
    promise: 1,
    file: 'actors/memtables.ts',
    find: 'return (this.#sealed[1] ?? this.#active).firstSegment;',
    replace: 'return this.#active.firstSegment + 1;',
    attack: 'simulation',
    rounds: 10,
    isQuick: true,
  },
  {
    name: 'a memtable is dropped before its flush is committed',
    promise: 3,
    file: 'actors/tickets/flush.ts',
    find: `await tablet.commitFlush(result, { memtable: memtable.number, walFloor: floor, lastSequence, rangeDeletes, ...(log && { log }) });
  writer.flushed(floor);`,
    replace: `writer.flushed(floor);
  await tablet.commitFlush(result, { memtable: memtable.number, walFloor: floor, lastSequence, rangeDeletes, ...(log && { log }) });`,
    attack: 'simulation',
    rounds: 10,
    isQuick: true,
  },
  {
    name: 'a commit of the manifest is not waited for',
    promise: 1,
    file: 'actors/tablet.ts',
    find: 'await this.#parts.store.manifest.commit(edit);',
    replace: 'void this.#parts.store.manifest.commit(edit).catch(() => undefined);',
    attack: 'simulation',
    rounds: 60,
  },
  {
    name: 'a commit relies on blobs written beside one that failed',
    promise: 1,
    file: 'actors/tablet.ts',
    find: 'const isSound = await this.#parts.store.settleWrites();',
    replace: 'const isSound = true;',
    attack: 'simulation',
    rounds: 200,
  },
];
