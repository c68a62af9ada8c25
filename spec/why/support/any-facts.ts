import fc from 'fast-check';
import type {
  BlobFacts,
  CollectionFacts,
  GarbageFacts,
  Hold,
  LogFacts,
  LogRules,
  TableFacts,
} from '../../../actors/observation/why/blob-facts.ts';
import type { RangeFacts } from '../../../actors/observation/why/range-facts.ts';
import type { Surroundings } from '../../../actors/observation/why/surroundings.ts';
import type { WaitFacts } from '../../../actors/observation/why/wait-facts.ts';
import { emptyQueue, type Queue } from '../../../machines/mailbox/queue.ts';
import type { Ticket, Work } from '../../../machines/mailbox/ticket.ts';
import { LithifyError } from '../../../protocol/errors.ts';
import type { LeaseInfo, OrderInfo } from '../../../protocol/shape.ts';

/** Facts as an engine could find them, and stranger ones. */

const count = fc.nat(5_000);
const bytes = fc.nat(2 ** 31);
const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
const key = fc.oneof(fc.string({ maxLength: 80 }), fc.record({ base64: fc.constantFrom('', '/w==', 'AAECAwQ=') }));
const text = fc.constantFrom('a sentence about it', 'Another one, with a stop.', 'LevelDB says no');
const error = fc
  .constantFrom('LITHIFY_DISK_FULL', 'LITHIFY_SST', 'LITHIFY_CORRUPTION')
  .map((code) => new LithifyError(code, `Injected ${code}.`));
const share = fc.double({ min: 0, max: 1, noNaN: true });
/** What may be missing is missing now and then. */
const maybe = { requiredKeys: [] as [] };

const order: fc.Arbitrary<OrderInfo> = fc.record({
  ...{
    id: count,
    kind: fc.constantFrom('minor', 'regular', 'major'),
    reason: text,
    inputs: fc.array(count, { maxLength: 3 }),
    target: fc.nat(6),
  },
  ...{ bytes, minKey: key, maxKey: key, slices: fc.nat(9), done: fc.nat(9) },
});
const hold: fc.Arbitrary<Hold> = fc
  .tuple(
    fc.record({ owner: fc.constantFrom('snapshot', 'iterator'), sequence: count, ageMs: ms }),
    fc.record({ stack: fc.string() }, maybe),
  )
  .map(([one, stack]) => ({ ...one, ...stack }));
const holds = fc.array(hold, { maxLength: 5 });
const lease: fc.Arbitrary<LeaseInfo> = fc.record({ owner: text, ageMs: ms, version: count, pinnedBlobs: count, pinnedBytes: bytes });

const work: fc.Arbitrary<Work> = fc.oneof(
  fc.constant<Work>({ kind: 'flush' }),
  fc.record({ kind: fc.constant('flush' as const), memtable: count }),
  fc.constant<Work>({ kind: 'collect' }),
  fc.record({ kind: fc.constant('plan' as const), order: fc.constantFrom('major' as const, 'background' as const) }),
  fc.record({
    kind: fc.constant('slice' as const),
    order: fc.constantFrom('major' as const, 'background' as const),
    orderId: fc.nat(3),
    slice: fc.nat(9),
  }),
  fc.record({
    kind: fc.constant('log' as const),
    phase: fc.constantFrom('age' as const, 'analyze' as const, 'rewrite' as const),
    task: count,
  }),
);
const NAMES = ['compactor-0', 'compactor-1', 'compactor-2'];

/** A major may wait for any flush, and anything for an order. */
function ticketsOf(works: readonly Work[], flags: number): Ticket[] {
  const flush = works.findIndex(({ kind }) => kind === 'flush');
  return works.map((one, id) => ({
    ...{
      id,
      work: one,
      at: id,
      internal: id % 2 === 0,
      requests: id % 3 === 0 ? [{ id: `m${id}`, replyTo: 'ask', message: { type: 'MinorCompact' as const } }] : [],
    },
    ...(one.kind === 'plan' && one.order === 'major' && flush >= 0 && flags % 2 === 0 && { after: flush }),
    ...(one.kind === 'plan' && flags % 3 === 0 && { afterOrder: 1 }),
  }));
}

const queue: fc.Arbitrary<Queue> = fc
  .record({
    works: fc.array(work, { maxLength: 12 }),
    runs: fc.nat(3),
    idle: fc.nat(2),
    paused: fc.boolean(),
    flags: count,
    orders: fc.nat(3),
    passedOver: fc.nat(9),
    error: fc.option(error, { nil: undefined }),
  })
  .map(({ works, runs, idle, paused, flags, orders, passedOver, error: failed }) => {
    const tickets = ticketsOf(works, flags);
    const running = tickets.slice(0, runs).map((ticket, i) => ({ ticket, compactor: NAMES[i], yielding: false }));
    const gathering = tickets
      .slice(0, orders)
      .map((ticket, orderId) => ({ ticket, orderId, open: flags % 7, ...(failed && { error: failed }) }));
    return {
      ...emptyQueue,
      compactors: 3,
      waiting: tickets.slice(runs),
      running,
      gathering,
      idle: NAMES.slice(runs, runs + idle),
      paused,
      passedOver,
    };
  });

const job = fc.record({ kind: fc.constantFrom('flush' as const, 'slice' as const, 'delete' as const), reason: text, since: ms });
const compactors = fc.tuple(
  ...NAMES.map((name) =>
    fc
      .tuple(
        fc.record({ name: fc.constant(name), state: fc.constantFrom('idle', 'running', 'backingOff'), entries: count, bytes }),
        fc.record({ job, backingOff: fc.record({ ms, failures: fc.integer({ min: 1, max: 9 }), error }) }, maybe),
      )
      .map(([one, more]) => ({ ...one, ...more })),
  ),
);

export const surroundings: fc.Arbitrary<Surroundings> = fc
  .tuple(
    fc.record({ now: ms, queue, capacity: count, compactors, waitingForThread: fc.subarray([...NAMES, 'ingest']) }),
    fc.record(
      {
        recovery: fc.record({ isTrying: fc.boolean(), tries: count, error: fc.option(error, { nil: undefined }) }),
        closing: fc.record({ deadlineMs: ms }),
      },
      maybe,
    ),
  )
  .map(([one, more]) => ({ ...one, ...more }));

const table: fc.Arbitrary<TableFacts> = fc
  .tuple(
    fc.record({
      ...{
        place: fc.oneof(fc.constant('minor' as const), fc.nat(6)),
        bytes,
        entries: count,
        tombstones: count,
        obsolete: count,
        shadowed: count,
      },
      ...{
        shadowedBytes: bytes,
        minKey: key,
        maxKey: key,
        hasOlder: fc.boolean(),
        holds,
        deletedShare: share,
        freeableShare: share,
        deletedHolds: holds,
      },
    }),
    fc.record(
      { order, origin: fc.record({ by: fc.constantFrom('flush', 'ingest', 'minor', 'reopening'), version: count, ageMs: ms }) },
      maybe,
    ),
  )
  .map(([one, more]) => ({ ...one, ...more }));

const rules: fc.Arbitrary<LogRules> = fc
  .tuple(
    fc.record({
      ...{ hasStrategy: fc.boolean(), dirtyBytes: bytes, totalBytes: bytes, compactionThreshold: bytes, minDirtyRatio: share },
      state: fc.constantFrom('idle', 'analyzing', 'backingOff'),
      unreadBy: fc.array(fc.oneof(fc.record({ group: text }), fc.record({ group: text, committed: count })), { maxLength: 3 }),
    }),
    fc.record({ maxAgeMs: ms, maxBytes: bytes, error: fc.record({ code: text, message: text }) }, maybe),
  )
  .map(([one, more]) => ({ ...one, ...more }));
const log: fc.Arbitrary<LogFacts> = fc
  .tuple(
    fc.record({ topic: text, partition: count, records: count, bytes, firstOffset: count, lastOffset: count, isCompacted: fc.boolean() }),
    fc.record({ rules }, maybe),
  )
  .map(([one, more]) => ({ ...one, ...more }));

const collection: fc.Arbitrary<CollectionFacts> = fc
  .tuple(
    fc.record({ deletableBytes: bytes, startsAtBytes: bytes, isTidying: fc.boolean() }),
    fc.record({ failing: fc.record({ forMs: ms, code: text, message: text }) }, maybe),
  )
  .map(([one, more]) => ({ ...one, ...more }));
const garbage: fc.Arbitrary<GarbageFacts> = fc.record({ bytes, since: count, holders: fc.array(lease, { maxLength: 3 }), collection });

export const blobFacts: fc.Arbitrary<BlobFacts> = fc
  .tuple(
    fc.record({ id: count, around: surroundings, logs: fc.array(log, { maxLength: 2 }), isStaged: fc.boolean(), wasGiven: fc.boolean() }),
    fc.record(
      {
        table,
        recordOf: log,
        garbage,
        outputOf: order,
        ingest: fc.record({ isTaking: fc.boolean(), tables: count }),
        isStored: fc.boolean(),
      },
      maybe,
    ),
  )
  .map(([one, more]) => ({ ...one, ...more }));

const size = { tables: fc.nat(9), bytes };
export const rangeFacts: fc.Arbitrary<RangeFacts> = fc
  .tuple(
    fc.record({
      ...{ range: fc.record({ gte: key, lt: key }, maybe), around: surroundings, minors: fc.record(size), isGarbageFirst: fc.boolean() },
      levels: fc.array(fc.record({ ...size, level: fc.nat(6) }), { maxLength: 3 }),
      running: fc.array(order, { maxLength: 2 }),
      notPicked: fc.subarray([
        '2 minors: fewer than 4, and 1.2 kB only',
        'level 3: within its target',
        'level 5: less urgent',
        'small tables: less urgent',
      ]),
      ...{ keptBytes: bytes, holds, obsolete: count, memory: fc.record({ entries: count, bytes, sealed: fc.nat(3) }) },
      failing: fc.array(fc.record({ forMs: ms, error }), { maxLength: 2 }),
    }),
    fc.record({ planned: fc.record({ kind: fc.constantFrom('minor', 'regular'), reason: text, touches: fc.boolean() }) }, maybe),
  )
  .map(([one, more]) => ({ ...one, ...more }));

const standing = fc.record({
  ...{ reason: text, waitedMs: ms },
  clearedBy: fc.array(
    fc.oneof(
      fc.record({ work: fc.constantFrom('flush' as const, 'plan' as const, 'slice' as const, 'collect' as const, 'storage' as const) }),
      fc.record({ work: fc.constantFrom('flush' as const, 'slice' as const), failing: fc.record({ forMs: ms, error }) }),
    ),
    { maxLength: 3 },
  ),
});
const writers = fc
  .tuple(
    fc.record({ groups: fc.nat(4), bytes }),
    fc.record({ standing, slowed: text, exclusive: fc.record({ why: text, isRunning: fc.boolean() }) }, maybe),
  )
  .map(([one, more]) => ({ ...one, ...more }));
export const waitFacts: fc.Arbitrary<WaitFacts> = fc.record({
  ...{ around: surroundings, writers, outside: fc.nat(3) },
  logs: fc.array(
    fc.record({
      ...{
        topic: text,
        partition: count,
        state: fc.constantFrom('idle', 'rewriting', 'backingOff'),
        runs: count,
        passes: count,
        pass: count,
        from: count,
      },
      ...{ failures: count, dirtyBytes: bytes, totalBytes: bytes, waiting: fc.nat(2), asking: fc.nat(2) },
    }),
    { maxLength: 2 },
  ),
});
