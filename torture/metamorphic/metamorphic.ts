import type { Attack } from '../attack.ts';
import { type Difference, firstDifference } from './compare.ts';
import { type Configuration, configurationsOf } from './configurations.ts';
import { operationsOf } from './generate.ts';
import type { Operation } from './operations.ts';
import { played } from './player.ts';
import { reduced } from './reduce.ts';

const OPERATIONS = 80;
/** How often a shorter list is tried. */
const TRIES = 250;

/**
 * One list of operations under many configurations, whose histories must be equal: how large a block, how many compactors and
 * which interleaving is nothing that a user can see in what the store gives. (After Pebble's metamorphic tests.)
 */
export const METAMORPHIC: Attack = {
  name: 'metamorphic',
  promises: [1, 3, 6],
  async round(seed, report) {
    const configurations = configurationsOf(seed);
    await agree(configurations, seed, operationsOf(seed, OPERATIONS));
    report({ lists: 1, configurations: configurations.length, operations: OPERATIONS * configurations.length });
  },
};

/** Throws an Error with the first difference, and with a short list that shows one as well. */
export async function agree(configurations: readonly Configuration[], seed: number, operations: readonly Operation[]): Promise<void> {
  const difference = await firstDifference(configurations, seed, operations);
  if (difference === undefined) return;
  const pair = [difference.expected.configuration, difference.found.configuration];
  const fails = async (fewer: readonly Operation[]) => (await firstDifference(pair, seed, fewer)) !== undefined;
  const least = await reduced(operations, fails, TRIES);
  throw new Error(sentence(seed, difference, played(operations).length, least, (await firstDifference(pair, seed, least)) ?? difference));
}

function sentence(seed: number, first: Difference, count: number, least: readonly Operation[], last: Difference): string {
  return [
    `Seed ${seed}: configurations differ at operation ${first.at + 1} of ${count}, ${JSON.stringify(first.operation)}`,
    shown(first),
    `Reduced to ${least.length} and what every list ends with, which differ at ${JSON.stringify(last.operation)}`,
    shown(last),
    ...least.map((operation) => `  ${JSON.stringify(operation)},`),
  ].join('\n');
}

function shown({ expected, found }: Difference): string {
  return [expected, found].map(({ configuration, line }) => `  under '${configuration.name}': ${line}`).join('\n');
}
