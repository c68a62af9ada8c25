import type { LogRecord, Offset, Strategy } from '../../../index.ts';

/** Strategies that do what none may do, as objects and, by the same names, as exports of this module. */

/** The record at which they misbehave. */
export const AT = 7;

type State = Map<bigint, Offset>;

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

/** The functions come from users' JavaScript: their types say one thing, and they do another. */
const anything = (value: unknown): never => value as never;
const fails = (): never => {
  throw new Error('no idea');
};
const at = (wrong: () => unknown, right: unknown) => (record: LogRecord) => anything(record.offset === AT ? wrong() : right);

export const keyThrows = strategy({ key: (record) => (record.offset === AT ? fails() : record.key) });
export const keyIsANumber = strategy({ key: (record) => (record.offset === AT ? anything(7) : record.key) });
export const initThrows = strategy({ init: fails });
export const initRejects = strategy({ init: () => Promise.reject(new Error('no secret')) });
export const reduceThrows = strategy({ reduce: (_, __, record) => at(fails, false)(record) });
export const reduceSaysNothing = strategy({ reduce: (_, __, record) => at(() => undefined, false)(record) });
export const reduceSaysOne = strategy({ reduce: (_, __, record) => at(() => 1, false)(record) });
export const reduceIsAsync = strategy({ reduce: (_, __, record) => at(() => Promise.resolve(true), false)(record) });
export const isAlwaysFull = strategy({ reduce: () => true });
export const collectThrows = strategy({ collect: fails });
export const collectsAnObject = strategy({ collect: () => anything({}) });
export const collectsTexts = strategy({ collect: () => anything(new Map([[1n, 'all']])) });
export const tombstoneThrows = strategy({ tombstone: (record) => at(fails, false)(record) });
export const tombstoneSaysNothing = strategy({ tombstone: (record) => at(() => null, false)(record) });

/** Never comes back from its second record. */
export const loops = strategy({
  reduce: (_, __, { offset }) => {
    while (offset > 0);
    return false;
  },
});

/** Its secret never comes. */
export const waits = strategy({ init: () => new Promise(() => {}) });

export const notAStrategy = 5;
export const lacking = { init: (): number => 0 };
export function throwing(): never {
  throw new Error('no secret');
}
