import type { Operation } from './operations.ts';

type Fails = (operations: readonly Operation[]) => Promise<boolean>;

/**
 * A part of the list that fails as well, in at most so many tries: halves go, then quarters, at last single operations, and
 * then what is in them. After Zeller's delta debugging and the reducer of Pebble's metamorphic tests.
 */
export async function reduced(operations: readonly Operation[], fails: Fails, tries: number): Promise<readonly Operation[]> {
  let left = tries;
  const failsStill: Fails = async (candidate) => left-- > 0 && (await fails(candidate));
  let whole = operations;
  // What goes changes the interleaving of what stays: something else may go afterwards.
  for (let before = whole.length + 1; whole.length < before && left > 0; ) {
    before = whole.length;
    whole = await without(whole, failsStill, (rest) => rest);
  }
  for (const at of whole.keys()) whole = await smallerAt(whole, at, failsStill);
  return whole;
}

/** As few of the parts as fail, when `wrap` makes a list of them. */
async function without<T>(parts: readonly T[], fails: Fails, wrap: (rest: readonly T[]) => readonly Operation[]): Promise<readonly T[]> {
  let kept = parts;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length; ) {
      const rest = kept.toSpliced(at, size);
      if (await fails(wrap(rest))) kept = rest;
      else at += size;
    }
  }
  return kept;
}

/** What an operation is made of, where that is a list: `writes`, `records`, `operations` … */
async function smallerAt(operations: readonly Operation[], at: number, fails: Fails): Promise<readonly Operation[]> {
  let whole = operations;
  for (const [name, parts] of Object.entries(whole[at])) {
    if (!Array.isArray(parts)) continue;
    // One operand has another value of its own type: its parts, fewer of them.
    const wrap = (rest: readonly unknown[]) => whole.with(at, { ...whole[at], [name]: rest } as Operation);
    whole = wrap(await without(parts, fails, wrap));
  }
  return whole;
}
