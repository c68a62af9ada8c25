import type { Offset, Strategy } from '../../index.ts';

/** A strategy of a user's own, which worker threads load: the newest record of each key stays. Two keys a pass. */
const newest: Strategy<Map<bigint, Offset>, bigint> = {
  init: () => new Map(),
  reduce: (state, key, { offset }) => {
    if (!state.has(key) && state.size === 2) return true;
    state.set(key, offset);
    return false;
  },
  collect: (state) => state,
};
export default newest;
