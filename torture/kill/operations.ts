import type { OpenOptions } from '../../index.ts';
import { Random } from '../../testing/random.ts';

export type KeyWrite =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };
export type Pair = readonly [key: string, value: string];

/** A record to one of the topics; `key` decides what a compaction lets go. */
export interface Produced {
  readonly topic: TopicName;
  readonly partition: number;
  readonly key: bigint;
  readonly value: string;
}

/**
 * `solo`: only by `produce`, every key once, so that its compactions rewrite and drop nothing. `folded`: by `produce`, few
 * keys, so that most of it goes. `mixed`: two partitions, only by `engine.write`.
 */
export type TopicName = 'solo' | 'folded' | 'mixed';

export type Operation =
  | { readonly kind: 'write'; readonly writes: readonly KeyWrite[] }
  | { readonly kind: 'clear'; readonly gte: string; readonly lt: string }
  /** An ingest over the keys of the plain writes, while nothing else is under way. */
  | { readonly kind: 'load'; readonly pairs: readonly Pair[] }
  /** An ingest of a run of its own, beside everything else; the next of the same run replaces all of it. */
  | { readonly kind: 'ingest'; readonly run: number; readonly pairs: readonly Pair[] }
  | { readonly kind: 'produce'; readonly records: readonly Produced[] }
  | { readonly kind: 'transaction'; readonly puts: readonly Pair[]; readonly records: readonly Produced[]; readonly expects: boolean }
  | { readonly kind: 'commit' }
  | { readonly kind: 'ask'; readonly type: 'MinorCompact' | 'MajorCompaction' | 'GarbageCollect' }
  | { readonly kind: 'compact'; readonly topic: TopicName }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'checkpoint' };

/** So small that flushes, merges, slices and log compactions of several passes go on all the time; they vary with the seed. */
export function optionsOf(seed: number): OpenOptions {
  const random = new Random(seed).fork('options');
  return {
    ...{ compactors: 2 + random.below(2), workers: 2, durability: random.chance(0.3) ? 'fsync' : 'os' },
    ...{ memtableBytes: random.pick([16, 16, 32]) * 1024, memoryBytes: 1024 * 1024, cacheBytes: random.pick([0, 64 * 1024]) },
    ...{ blockBytes: random.pick([128, 256, 1024]), tableBytes: 2048, sliceBytes: 8192, minorTrigger: random.pick([2, 3]) },
  };
}

/** Values above an eighth of a memtable are staged: they become blobs of their own. */
export function isStaged({ value }: Produced, { memtableBytes = 0 }: OpenOptions): boolean {
  return value.length > memtableBytes / 8;
}

const KEYS = 300;
const RUN_PAIRS = 40;

/** The `n`-th operation of a seed, from 1: nothing but its number decides what it is. */
export function operationAt(seed: number, n: number): Operation {
  const random = new Random(seed).fork(`operation ${n}`);
  const at = random.below(TOTAL);
  let below = 0;
  for (const [weight, make] of KINDS) if (at < (below += weight)) return make(n, random);
  throw new RangeError('The weights do not add up.');
}

type Make = (n: number, random: Random) => Operation;
const KINDS: readonly (readonly [weight: number, make: Make])[] = [
  [32, (n, random) => ({ kind: 'write', writes: [put(n, random)] })],
  [6, (_, random) => ({ kind: 'write', writes: [del(random)] })],
  [12, (n, random) => ({ kind: 'write', writes: batch(n, random) })],
  [3, clear],
  [1, (n, random) => ({ kind: 'load', pairs: loaded(n, random) })],
  [2, (n) => ({ kind: 'ingest', run: n % 2, pairs: runOf(n) })],
  [14, (n, random) => ({ kind: 'produce', records: solo(n, random) })],
  [8, (n, random) => ({ kind: 'produce', records: folded(n, random) })],
  [13, transaction],
  [2, () => ({ kind: 'commit' })],
  [4, (_, random) => ({ kind: 'ask', type: random.pick(['MinorCompact', 'MinorCompact', 'MajorCompaction', 'GarbageCollect']) })],
  [1, (_, random) => ({ kind: 'compact', topic: random.pick(['solo', 'folded', 'mixed']) })],
  [2, () => ({ kind: 'snapshot' })],
  [1, () => ({ kind: 'checkpoint' })],
];
const TOTAL = KINDS.reduce((sum, [weight]) => sum + weight, 0);

function keyOf(number: number): string {
  return `k${String(number).padStart(4, '0')}`;
}

/** Says whose it is, and is long enough to fill a memtable soon. */
function valueOf(n: number, random: Random, most = 90): string {
  return `${n} ${'v'.repeat(random.below(most))}`;
}

function put(n: number, random: Random): KeyWrite {
  return { type: 'put', key: keyOf(random.below(KEYS)), value: valueOf(n, random) };
}

function del(random: Random): KeyWrite {
  return { type: 'del', key: keyOf(random.below(KEYS)) };
}

/** What deletes and puts at once, the same key as well. */
function batch(n: number, random: Random): KeyWrite[] {
  return Array.from({ length: 2 + random.below(20) }, () => (random.chance(0.25) ? del(random) : put(n, random)));
}

function clear(_: number, random: Random): Operation {
  const from = random.below(KEYS);
  return { kind: 'clear', gte: keyOf(from), lt: keyOf(from + 1 + random.below(60)) };
}

function loaded(n: number, random: Random): Pair[] {
  const from = random.below(KEYS - 60);
  return Array.from({ length: 60 }, (_, i): Pair => [keyOf(from + i), valueOf(n, random)]);
}

function runOf(n: number): Pair[] {
  return Array.from({ length: RUN_PAIRS }, (_, i): Pair => [`r${n % 2}/${String(i).padStart(2, '0')}`, `${n} of the run`]);
}

function solo(n: number, random: Random): Produced[] {
  return Array.from({ length: random.chance(0.3) ? 2 + random.below(6) : 1 }, (_, i) => ({
    ...{ topic: 'solo' as const, partition: 0, key: BigInt(n * 10 + i) },
    value: `${n}.${i} ${'s'.repeat(random.chance(0.06) ? 4200 + random.below(3000) : random.below(120))}`,
  }));
}

function folded(n: number, random: Random): Produced[] {
  return Array.from({ length: 1 + random.below(3) }, (_, i) => ({
    ...{ topic: 'folded' as const, partition: 0, key: BigInt((n + i) % 7) },
    value: `${n}.${i} ${'f'.repeat(random.below(150))}`,
  }));
}

function transaction(n: number, random: Random): Operation {
  const puts = Array.from({ length: 3 }, (_, i): Pair => [`t${n}/${i}`, `${n}.${i}`]);
  const records = [0, 1].map((partition) => ({
    ...{ topic: 'mixed' as const, partition, key: BigInt(n) },
    value: `${n}.${partition} ${'m'.repeat(random.chance(0.05) ? 4200 : random.below(60))}`,
  }));
  return { kind: 'transaction', puts, records, expects: random.chance(0.3) };
}
