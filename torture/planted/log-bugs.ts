import type { Bug } from './bug.ts';

/** In topics. */
export const LOG_BUGS: readonly Bug[] = [
  {
    name: 'after a crash offsets are given again',
    promise: 1,
    file: 'actors/logs/log-numbers.ts',
    find: 'numbers.#committed.set(key, Math.max(numbers.#committed.get(key) ?? 0, last + 1));',
    replace: 'numbers.#committed.set(key, numbers.#committed.get(key) ?? Math.min(0, last));',
    attack: 'simulation',
    rounds: 10,
    isQuick: true,
  },
  {
    name: 'records behind a refused one keep their offsets',
    promise: 1,
    file: 'actors/logs/log-numbers.ts',
    find: 'this.#promised.clear();',
    replace: 'if (this.#promised.size > 0) return;',
    attack: 'simulation',
    rounds: 50,
  },
  {
    name: "a compaction drops a key's newest record",
    promise: 1,
    file: 'storage/log/record-filter.ts',
    find: 'if (offset < minimum) return Verdict.drop;\n    if (!this.#mayGo',
    replace: 'if (offset <= minimum) return Verdict.drop;\n    if (!this.#mayGo',
    attack: 'simulation',
    rounds: 10,
    isQuick: true,
  },
  {
    name: 'what a group has read is not flushed with its records',
    promise: 1,
    file: 'actors/tickets/flush.ts',
    find: 'return { changes, groups };',
    replace: 'return { changes, groups: groups.slice(groups.length) };',
    attack: 'simulation',
    rounds: 10,
    isQuick: true,
  },
  {
    name: 'large values of records in the log are taken for orphans',
    promise: 2,
    file: 'actors/replay.ts',
    find: 'if (frames.staged !== undefined) this.staged.add(frames.staged.id);',
    replace: '',
    attack: 'simulation',
    rounds: 20,
  },
];
