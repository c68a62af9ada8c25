import { Random } from '../../testing/random.ts';
import {
  type KeyWrite,
  type Kind,
  type Of,
  type Operation,
  type Pair,
  type Produced,
  type Range,
  type ScanRange,
  TOPICS,
} from './operations.ts';
import { Places } from './places.ts';

const ASKS = ['MinorCompact', 'MinorCompact', 'MajorCompaction', 'GarbageCollect'] as const;
/** Bounds and targets that are no keys. */
const BETWEEN = ['', 'a', 'k', 'k07', 'k2', 'k999', '!', '\uffff'];
/** A write takes half a memtable at most, and the smallest has 4 KiB. */
const MOST_WRITES = 8;
const MOST_VALUE = 130;
const PLACES = 3;

type Makers = { readonly [K in Kind]: (random: Random) => Omit<Of<K>, 'kind'> };

const MAKERS: Makers = {
  put: (random) => ({ key: keyOf(random), value: valueOf(random), ...(random.chance(0.2) && { sync: random.chance(0.5) }) }),
  del: (random) => ({ key: keyOf(random) }),
  batch: (random) => ({ writes: writesOf(random), chained: random.chance(0.3) }),
  clear: (random) => ({ range: random.chance(0.2) ? limited(random) : rangeOf(random), ...(random.chance(0.1) && atOf(random)) }),
  ingest: (random) => ({ pairs: ascending(random) }),
  sublevel: (random) => ({
    ...{ name: random.pick(['a', 'b']), writes: writesOf(random) },
    ...(random.chance(0.3) && { clear: rangeOf(random) }),
  }),
  get: (random) => ({ key: keyOf(random), ...sometimesAt(random) }),
  getMany: (random) => ({ keys: listOf(random, 6, keyOf), ...sometimesAt(random) }),
  scan: (random) => ({ what: random.pick(['iterator', 'keys', 'values']), range: limited(random), ...sometimesAt(random) }),
  snapshot: placeOf,
  release: placeOf,
  open: (random) => ({ ...placeOf(random), range: limited(random), ...sometimesAt(random) }),
  step: (random) => ({ ...placeOf(random), count: 1 + random.below(9), many: random.chance(0.5) }),
  seek: (random) => ({ ...placeOf(random), target: boundOf(random) }),
  rest: placeOf,
  write: (random) => ({
    writes: writesOf(random).slice(0, 4),
    records: listOf(random, 3, () => [random.pick(TOPICS), recordOf(random)] as const),
    expects: listOf(random, 2, expectedOf).slice(random.below(3)),
    ...(random.chance(0.3) && { commit: MAKERS.commit(random) }),
  }),
  produce: (random) => ({ topic: random.pick(TOPICS), records: listOf(random, 6, recordOf), many: random.chance(0.5) }),
  read: (random) => ({ topic: random.pick(TOPICS), from: readFrom(random) }),
  topics: () => ({}),
  commit: (random) => ({ topic: random.pick(TOPICS), group: random.pick(['g', 'group/1']), at: random.below(100) }),
  subscribe: placeOf,
  take: (random) => ({ ...placeOf(random), count: 1 + random.below(9) }),
  register: (random) => ({ retention: retentionOf(random) }),
  unregister: () => ({}),
  compact: (random) => ({ topic: random.pick(['settled', 'settled', 'busy']) }),
  drop: (random) => ({ topic: random.pick(TOPICS) }),
  ask: (random) => ({ type: random.pick(ASKS) }),
  askBeside: (random) => ({ type: random.pick(ASKS) }),
  compactBeside: () => ({}),
  compactRange: (random) => ({ from: boundOf(random), to: boundOf(random) }),
  size: (random) => ({ from: boundOf(random), to: boundOf(random) }),
  verify: () => ({}),
  checkpoint: () => ({}),
  reopen: () => ({}),
  pause: (random) => ({ ms: random.below(40) }),
  atOnce: (random) => ({ operations: atOnce(random) }),
};

type Weights = Readonly<Partial<Record<Kind, number>>>;
const WEIGHTS: Required<Weights> = {
  ...{ put: 14, del: 6, batch: 14, clear: 4, ingest: 3, sublevel: 3 },
  ...{ get: 5, getMany: 4, scan: 8, snapshot: 4, release: 2, open: 5, step: 8, seek: 3, rest: 2 },
  ...{ write: 6, produce: 10, read: 5, topics: 2, commit: 3, subscribe: 2, take: 4, register: 3, unregister: 1, compact: 4, drop: 1 },
  ...{ ask: 7, askBeside: 6, compactRange: 1, compactBeside: 2, size: 1, verify: 1, checkpoint: 1, reopen: 2, pause: 3, atOnce: 7 },
};

/** What counts in the order of the calls, beside what reads a moment. */
const WRITERS: Weights = { put: 5, del: 3, batch: 4, clear: 1, produce: 4, get: 2, scan: 2, step: 2, askBeside: 3, compactBeside: 1 };
/** What looks at one state, in whatever order. */
const READERS: Weights = {
  ...{ get: 3, getMany: 2, scan: 4, step: 4, read: 3, topics: 1, size: 1, verify: 1, checkpoint: 1 },
  ...{ compactRange: 1, askBeside: 4, compactBeside: 1 },
};

/** What is loaded lands as a whole, whatever is read and compacted meanwhile. */
const BESIDE_A_LOAD: Weights = { get: 2, scan: 3, step: 5, produce: 2, askBeside: 4, compactBeside: 1 };

/** The list of a seed. */
export function operationsOf(seed: number, count: number): Operation[] {
  const random = new Random(seed).fork('operations');
  const places = new Places(random.fork('places'));
  return Array.from({ length: count }, () => places.fitted(drawn(random, WEIGHTS)));
}

function drawn(random: Random, weights: Weights): Operation {
  const all = Object.entries(weights) as [Kind, number][];
  let at = random.below(all.reduce((sum, [, weight]) => sum + weight, 0));
  const [kind] = all.find(([, weight]) => (at -= weight) < 0) ?? all[0];
  // The kind and what was made for it belong together; a union cannot say so.
  return { kind, ...MAKERS[kind](random) } as Operation;
}

/** Reads beside writes are those of a snapshot, and clears have no limit: all else would depend on who comes first. */
function atOnce(random: Random): Operation[] {
  if (random.chance(0.3)) return listOf(random, 8, () => drawn(random, READERS));
  const isLoad = random.chance(0.25);
  const others = listOf(random, 14, () => besideWrites(random, drawn(random, isLoad ? BESIDE_A_LOAD : WRITERS)));
  return isLoad ? [{ kind: 'ingest', ...MAKERS.ingest(random) }, ...others] : others;
}

function besideWrites(random: Random, operation: Operation): Operation {
  if (operation.kind === 'clear') return { kind: 'clear', range: rangeOf(random) };
  return operation.kind === 'get' || operation.kind === 'scan' ? { ...operation, ...atOf(random) } : operation;
}

function listOf<T>(random: Random, most: number, make: (random: Random, at: number) => T): T[] {
  return Array.from({ length: 1 + random.below(most) }, (_, at) => make(random, at));
}

/** Of different lengths, some of them with an unusual letter; half of the time one of a dozen, which so have many versions. */
function keyOf(random: Random): string {
  const n = random.below(random.chance(0.5) ? 12 : 64);
  return ['', 'a\u0000', 'é', '\uffff'][n] ?? `k${String((n * 37) % 64).padStart(2, '0')}${'x'.repeat(n % 4)}`;
}

function valueOf(random: Random): string {
  return random.chance(0.1) ? '' : `v${random.below(30)}${random.chance(0.7) ? `*${1 + random.below(MOST_VALUE)}` : ''}`;
}

/** At times the same key twice. */
function writesOf(random: Random): KeyWrite[] {
  const writes = listOf(random, MOST_WRITES - 1, (): KeyWrite => [keyOf(random), random.chance(0.25) ? null : valueOf(random)]);
  const [[first]] = writes;
  return random.chance(0.3) ? [...writes, [first, random.chance(0.3) ? null : valueOf(random)]] : writes;
}

function ascending(random: Random): Pair[] {
  const pairs = new Map(listOf(random, 30, () => [keyOf(random), valueOf(random)] as const));
  return [...pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function boundOf(random: Random): string {
  return random.chance(0.25) ? random.pick(BETWEEN) : keyOf(random);
}

/** Empty, single, all, open and closed; lower bounds above upper ones as well. */
function rangeOf(random: Random): Range {
  if (random.chance(0.06)) return {};
  const from = boundOf(random);
  const to = random.chance(0.1) ? from : boundOf(random);
  const [low, high] = from < to || random.chance(0.1) ? [from, to] : [to, from];
  const lower = random.pick([{ gte: low }, { gte: low }, { gt: low }, {}]);
  const upper = random.pick([{ lt: high }, { lt: high }, { lte: high }, {}]);
  return Object.keys({ ...lower, ...upper }).length === 0 ? { gte: low, lt: high } : { ...lower, ...upper };
}

function limited(random: Random): ScanRange {
  const range = random.chance(0.4) ? {} : rangeOf(random);
  return { ...range, ...(random.chance(0.4) && { reverse: true }), ...(random.chance(0.3) && { limit: random.below(12) }) };
}

function placeOf(random: Random): { place: number } {
  return { place: random.below(PLACES) };
}

function atOf(random: Random): { at: number } {
  return { at: random.below(PLACES) };
}

function sometimesAt(random: Random): { at?: number } {
  return random.chance(0.4) ? atOf(random) : {};
}

function recordOf(random: Random): Produced {
  // Those above an eighth of a memtable become blobs of their own: above 512 bytes here, above 2 MiB there.
  const value = random.chance(0.1) ? `r${random.below(99)}*${400 + random.below(500)}` : valueOf(random);
  return { key: random.below(6), value, ...(random.chance(0.5) && { time: random.below(5_000) }) };
}

function expectedOf(random: Random): Of<'write'>['expects'][number] {
  const key = keyOf(random);
  return random.chance(0.25) ? { key, value: valueOf(random) } : { key, is: random.chance(0.7) ? 'found' : 'absent' };
}

function readFrom(random: Random): Of<'read'>['from'] {
  return random.pick(['beginning', { after: random.below(100) }, { time: random.below(5_000) }, { group: random.pick(['g', 'group/1']) }]);
}

function retentionOf(random: Random): Of<'register'>['retention'] {
  const maxKeys = 1 + random.below(7);
  return random.pick([{ by: 'key', maxKeys }, { by: 'nth', maxKeys, n: 1 + random.below(3) }, { by: 'function' }]);
}
