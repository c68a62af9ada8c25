import type { Offset, Strategy } from '../../../../index.ts';

/** Strategies that do not come back from one of their calls; where a record is to be seen, from the one at AT. */

export const AT = 7;
type State = Map<bigint, Offset>;

function forever(): never {
  for (;;);
}

function strategy(part: Partial<Strategy<State, bigint>>): Strategy<State, bigint> {
  return {
    init: () => new Map(),
    reduce: (state, key, { offset }) => {
      state.set(key, offset);
      return false;
    },
    collect: (state) => state,
    ...part,
  };
}

export const key = strategy({ key: (record) => (record.offset === AT ? forever() : record.key) });
export const init = strategy({ init: forever });
export const reduce = strategy({ reduce: (_, __, { offset }) => (offset === AT ? forever() : false) });
export const collect = strategy({ collect: forever });
export const tombstone = strategy({ tombstone: ({ offset }) => (offset === AT ? forever() : false) });
export const laterPass = strategy({ reduce: (_, __, { offset }) => offset >= 5, laterPass: forever });
/** An iterator of its own. */
export const iterates = strategy({
  collect: () =>
    Object.assign(new Map<bigint, Offset>(), {
      [Symbol.iterator]: () => ({ next: () => ({ done: false, value: [1n, 1] }) }),
    }),
});
export const waits = strategy({ init: () => new Promise(() => {}) });
/** Makes a strategy, one day. */
export const isMade = (): Promise<never> => new Promise(() => {});
