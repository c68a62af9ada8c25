import type { OpenOptions } from '../../index.ts';
import type { FaultRule } from '../../testing/index.ts';
import { Random } from '../../testing/random.ts';
import { inMemory, openByLevel, openLevelOnEngine, real, type WithGround } from './grounds.ts';
import { modelPerformer } from './model.ts';
import type { Operation } from './operations.ts';
import { performerOn } from './perform.ts';

import { type History, play } from './player.ts';
import { simulated } from './simulated-ground.ts';
import type { Ground } from './stage.ts';

/** One way to have a store that must not show in what it gives. */
export interface Configuration {
  readonly name: string;
  play(seed: number, operations: readonly Operation[]): Promise<History>;
}

const KiB = 1024;
const MiB = 1024 * KiB;

/** So small that a list of a hundred operations fills several memtables and levels. */
const SMALL: OpenOptions = {
  ...{ memtableBytes: 4 * KiB, memoryBytes: 512 * KiB, cacheBytes: 16 * KiB, durability: 'os' },
  ...{ blockBytes: 256, tableBytes: KiB, sliceBytes: 4 * KiB, minorTrigger: 2 },
};
const TINIEST: OpenOptions = {
  ...SMALL,
  memoryBytes: 64 * KiB,
  blockBytes: 64,
  tableBytes: 64,
  sliceBytes: 64,
  cacheBytes: 0,
  minorTrigger: 1,
};

/** No record is so large that it becomes a blob of its own: one that fails while others do not would be done again behind them. */
const UNSTAGED: OpenOptions = { ...SMALL, memtableBytes: 8 * KiB };

/** Everything that an option can be made to be, each on an interleaving of its own. */
const SIMULATED: Readonly<Record<string, OpenOptions>> = {
  'a store as small as it gets': TINIEST,
  'a small store': SMALL,
  defaults: {},
  'everything huge': {
    memtableBytes: 16 * MiB,
    memoryBytes: 1024 * MiB,
    cacheBytes: 256 * MiB,
    blockBytes: 4 * MiB,
    tableBytes: 1024 * MiB,
    minorTrigger: 64,
  },
  'blocks of one entry': { ...SMALL, blockBytes: 64 },
  'tables of one block': { ...SMALL, tableBytes: 64 },
  'blocks larger than tables': { ...SMALL, blockBytes: 4 * KiB, tableBytes: 64 },
  'slices of one table': { ...SMALL, sliceBytes: 64 },
  'no cache': { ...SMALL, cacheBytes: 0 },
  'a cache of one block': { ...SMALL, cacheBytes: 300 },
  'one compactor': { ...SMALL, compactors: 1 },
  'four compactors': { ...SMALL, compactors: 4 },
  'sixteen compactors': { ...TINIEST, compactors: 16 },
  'every minor is merged': { ...SMALL, minorTrigger: 1 },
  'minors pile up': { ...SMALL, minorTrigger: 64 },
  'a mailbox of one': { ...SMALL, mailboxCapacity: 1 },
  'a mailbox of one and one compactor': { ...TINIEST, mailboxCapacity: 1, compactors: 1 },
  'memory for two memtables': { ...SMALL, memtableBytes: 32 * KiB, memoryBytes: 64 * KiB },
  'every write synced': { ...SMALL, durability: 'fsync' },
  'no patience when closing': { ...SMALL, closeDeadlineMs: 0 },
  'leases tracked': { ...SMALL, trackLeases: true },
};

/** As the engine runs at its users'. They wait for disks and threads, so that a seed has two of them. */
const REAL: readonly (readonly [string, WithGround])[] = Object.entries({
  'on LevelDB, no workers': real({ ...SMALL, workers: 0 }),
  'on LevelDB, one worker': real({ ...SMALL, workers: 1 }),
  'on LevelDB, two workers': real({ ...TINIEST, workers: 2 }),
  'on LevelDB, three workers': real({ ...SMALL, compactors: 4, workers: 3 }),
  'on LevelDB, repaired when it was closed': real({ ...SMALL, workers: 0 }, 'repaired'),
  'on LevelDB, through a Level of its own': real({ ...SMALL, workers: 0 }, 'reopened', openByLevel),
  'on LevelDB, through a further Level': real({ ...SMALL, workers: 0 }, 'reopened', openLevelOnEngine),
});

/** The naive one is the first: what another shows otherwise, that one shows wrongly. */
export function configurationsOf(seed: number): Configuration[] {
  const simulations = Object.entries({ ...SIMULATED, ...randomOptions(seed) });
  return [
    { name: 'maps and arrays', play: (_, operations) => play(operations, modelPerformer()) },
    ...simulations.map(([name, options]) => configured(name, simulated(options))),
    configured('a small store on a slow disk', simulated(SMALL, { faults: () => [SLOW] })),
    configured('blobs refused now and then', simulated(UNSTAGED, { faults: refused(3, '/stores/1/blobs'), fails: 'blobs' })),
    configured('manifests refused now and then', simulated(UNSTAGED, { faults: refused(2, '/stores/1/manifest'), fails: 'blobs' })),
    configured('logs written in part', simulated(SMALL, { faults: refused(3, WAL, WRITTEN_IN_PART), fails: 'log' })),
    configured(
      'logs written and denied',
      simulated(SMALL, { faults: refused(3, WAL, WRITTEN_AND_DENIED), fails: 'log', returns: 'process' }),
    ),
    configured(
      'manifests refused, and power lost instead of closed',
      simulated({ ...UNSTAGED, durability: 'fsync' }, { faults: refused(3, '/stores/1/manifest'), fails: 'blobs', returns: 'power' }),
    ),
    configured('gone on from a checkpoint', simulated(SMALL, { returns: 'from a checkpoint' })),
    configured('killed instead of closed', simulated(SMALL, { returns: 'process' })),
    configured('power lost instead of closed', simulated({ ...SMALL, durability: 'fsync' }, { returns: 'power' })),
    configured('compacted after every operation', simulated(SMALL), 'MajorCompaction'),
    configured('flushed after every operation', simulated(TINIEST), 'MinorCompact'),
    configured('in memory', inMemory({ ...SMALL, workers: 0 })),
    ...[seed, seed + 3].map((at) => REAL[at % REAL.length]).map(([name, ground]) => configured(name, ground)),
  ];
}

/**
 * From the eighth write on, at growing distances: never two in a row, since a store that cannot be opened again says so to its
 * readers, and at last so rarely that everything comes to its end.
 */
function refused(distance: number, prefix: string, rule: Pick<FaultRule, 'on' | 'fault'> = NOT_WRITTEN): () => readonly FaultRule[] {
  return () => {
    let [writes, next, gap] = [0, 8, distance];
    const isDue = () => {
      if (++writes < next) return false;
      next += gap;
      gap += distance;
      return true;
    };
    return [{ ...rule, prefix, where: isDue }];
  };
}

const WAL = '/stores/1/wal';
const NOT_WRITTEN = { on: 'write', fault: { kind: 'error', when: 'before', code: 'EIO' } } as const;
const WRITTEN_IN_PART = { on: 'append', fault: { kind: 'short', code: 'EIO' } } as const;
const WRITTEN_AND_DENIED = { on: 'append', fault: { kind: 'error', when: 'after', code: 'EIO' } } as const;
const SLOW: FaultRule = { on: ['get', 'block', 'write', 'append'], probability: 0.2, fault: { kind: 'delay', ms: 30 } };

/** `after`: asked for behind every operation. */
function configured(name: string, onGround: WithGround, after?: 'MinorCompact' | 'MajorCompaction'): Configuration {
  const playOn = (operations: readonly Operation[]) => async (ground: Ground) => {
    const performer = await performerOn(ground);
    return play(operations, performer, after && (async () => void (await performer.ask({ kind: 'ask', type: after }))));
  };
  return { name, play: (seed, operations) => onGround(new Random(seed).fork(name).seed, playOn(operations)) };
}

/** What nobody thought of. */
function randomOptions(seed: number): Record<string, OpenOptions> {
  const random = new Random(seed).fork('options');
  const drawn = (): OpenOptions => ({
    ...{
      memtableBytes: random.pick([4, 5, 7, 16]) * KiB,
      memoryBytes: random.pick([64, 100, 512]) * KiB,
      cacheBytes: random.below(8 * KiB),
    },
    ...{ blockBytes: 64 + random.below(1000), tableBytes: 64 + random.below(4000), sliceBytes: 64 + random.below(20_000) },
    ...{ compactors: 1 + random.below(5), minorTrigger: 1 + random.below(9), mailboxCapacity: 1 + random.below(4) },
    ...{ durability: random.pick(['os', 'fsync']), closeDeadlineMs: random.pick([0, 5, 10_000]), trackLeases: random.chance(0.5) },
  });
  return Object.fromEntries([drawn(), drawn()].map((options) => [`drawn: ${JSON.stringify(options)}`, options]));
}
