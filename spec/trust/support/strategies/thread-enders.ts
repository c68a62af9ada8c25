import type { Offset, Strategy } from '../../../../index.ts';

/** Strategies that take the worker thread along, in it or when nobody is in their code any more. */

type State = Map<bigint, Offset>;

/** `at`: what is done at the third record. */
function strategy(at: () => unknown): Strategy<State, bigint> {
  return {
    init: () => new Map(),
    reduce: (state, key, { offset }) => {
      if (offset === 2) at();
      state.set(key, offset);
      return false;
    },
    collect: (state) => state,
  };
}

function breaks(): never {
  throw new Error('nobody catches this');
}

export const exits = strategy(() => process.exit(3));
export const rejects = strategy(() => void Promise.reject(new Error('nobody awaits this')));
export const throwsInATimer = strategy(() => setTimeout(breaks, 0));
export const throwsInATick = strategy(() => process.nextTick(breaks));
export const exitsInATimer = strategy(() => setTimeout(() => process.exit(4), 0));
