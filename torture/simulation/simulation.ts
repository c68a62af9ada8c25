import type { OpenOptions } from '../../index.ts';
import { Random, type SimulationReport, simulate } from '../../testing/index.ts';
import type { Attack, Counts } from '../attack.ts';
import { drawFaults } from './faults.ts';
import { Model } from './model.ts';
import { type Played, type Plot, usage } from './scenario.ts';

const LIVES = 3;
const THINGS = 150;
/** Several times what the longest seeds take. */
const MOST_STEPS = 200_000;
/** So often a seed is played twice: it must come to the same. */
const TWICE = 0.1;

/** Drawn for a seed: how long its lives are, how they end, what goes wrong in them, and on what kind of store. */
export function plotOf(seed: number): Plot {
  const random = new Random(seed).fork('plot');
  return {
    lives: LIVES,
    things: THINGS,
    crashes: random.pick([0, 0.5, 1]),
    options: optionsOf(random),
    ...(random.chance(0.6) && { faults: drawFaults }),
  };
}

export interface Outcome {
  readonly report: SimulationReport;
  readonly played: Played;
}

/** One seed, from an empty disk; rejects when a promise is broken. */
export async function playSeed(seed: number): Promise<Outcome> {
  const played: Played = { model: new Model(), checks: 0, crashes: 0 };
  const report = await simulate(seed, usage(plotOf(seed), played), {
    steps: MOST_STEPS,
    repeatWith: (one) => `npm run torture -- --only simulation --seed ${one} --rounds 1`,
  });
  return { report, played };
}

/** Throws unless a seed does the same when it is played again: the same trace, and the same bytes on the disk. */
export async function expectSame(seed: number, { trace, bytes }: SimulationReport): Promise<void> {
  const { report: again } = await playSeed(seed);
  if (again.trace !== trace) throw new Error(`Seed ${seed} went another way when it was played again: ${trace}, then ${again.trace}.`);
  if (again.bytes !== bytes) throw new Error(`Seed ${seed} left other bytes when it was played again: ${bytes}, then ${again.bytes}.`);
}

/** Everything at once: calls, compactions, faults and crashes, in whatever order the seed says. */
export const SIMULATION: Attack = {
  name: 'simulation',
  promises: [1, 2, 3, 4, 5, 8],
  async round(seed: number, report: (counts: Counts) => void) {
    const { report: done, played } = await playSeed(seed);
    const { model, checks, crashes } = played;
    const { acknowledged, refused } = model;
    report({ seeds: 1, steps: done.steps, operations: done.operations, messages: done.deliveries, faults: done.faults });
    report({ crashes, 'states compared': checks, 'writes acknowledged': acknowledged, 'writes refused': refused });
    if (!new Random(seed).chance(TWICE)) return;
    await expectSame(seed, done);
    report({ 'seeds played twice': 1 });
  },
};

function optionsOf(random: Random): OpenOptions {
  return {
    compactors: 1 + random.below(4),
    durability: random.pick(['fsync', 'fsync', 'os']),
    memtableBytes: random.pick([4096, 4096, 16_384]),
    cacheBytes: random.pick([0, 2048, 65_536]),
    blockBytes: random.pick([64, 128, 512]),
    tableBytes: random.pick([64, 512, 4096]),
    sliceBytes: random.pick([64, 1024, 65_536]),
    minorTrigger: random.pick([1, 2, 4]),
    mailboxCapacity: random.pick([1, 4, 64]),
    writeTimeoutMs: random.pick([0, 10_000]),
    trackLeases: random.chance(0.2),
  };
}
