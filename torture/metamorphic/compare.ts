import { messageOf } from '../../protocol/errors.ts';
import type { Configuration } from './configurations.ts';
import type { Operation } from './operations.ts';
import { type History, played } from './player.ts';

/** The first operation of which two configurations show something else. */
export interface Difference {
  readonly at: number;
  /** undefined: what came to light when all was over. */
  readonly operation: Operation | undefined;
  readonly expected: Shown;
  readonly found: Shown;
}

interface Shown {
  readonly configuration: Configuration;
  readonly line: string;
}

/** Plays the list under all of them; all must show what the first one does. */
export async function firstDifference(
  configurations: readonly Configuration[],
  seed: number,
  operations: readonly Operation[],
): Promise<Difference | undefined> {
  const [first, ...others] = configurations;
  const expected = await historyOf(first, seed, operations);
  for (const configuration of others) {
    const found = await historyOf(configuration, seed, operations);
    const at = expected.findIndex((line, index) => line !== found[index]);
    if (at < 0) continue;
    return {
      ...{ at, operation: played(operations)[at] },
      expected: { configuration: first, line: expected[at] },
      found: { configuration, line: found[at] ?? 'nothing' },
    };
  }
  return undefined;
}

/** A play that does not come to its end is one that shows just this. */
async function historyOf(configuration: Configuration, seed: number, operations: readonly Operation[]): Promise<History> {
  try {
    return await configuration.play(seed, operations);
  } catch (error) {
    return [`It broke: ${messageOf(error)}`];
  }
}
