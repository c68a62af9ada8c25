import type { Inspected } from './inspected.ts';

/** One for all servers of an engine, made by the first of them. It goes with the engine: nothing here holds either. */
export function onePerEngine<T extends object, Given extends unknown[]>(
  make: (engine: Inspected, ...given: Given) => T,
): (engine: Inspected, ...given: Given) => T {
  const made = new WeakMap<Inspected, T>();
  return (engine, ...given) => {
    const one = made.get(engine) ?? make(engine, ...given);
    made.set(engine, one);
    return one;
  };
}
