import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { NewRecord, OpenOptions } from '../../index.ts';
import { assertWithin } from '../support/assert-within.ts';
import { TINY, tempDirectory } from '../support/engines.ts';
import { LogWorld, turns } from './support/log-world.ts';
import { RETENTIONS, retentionCalled } from './support/retentions.ts';

// D1, D3, D8, D9, D11, D14, D18, D19, D30 of the predecessor: records lost, kept too long or given out twice, offsets
// that go back. A log is an array; a compaction takes from it what its strategy does not keep, and nothing else ever does.

const NAMES = ['orders', 'orders.history', 'Aufträge/é'];
/** An eighth of a memtable: larger values become blobs of their own. */
const STAGED_ABOVE = TINY.memtableBytes / 8;

type Command = (world: LogWorld) => Promise<void>;
type Named = readonly [name: string, run: Command];

const name = fc.constantFrom(...NAMES);
const nat = fc.nat(1_000_000);
const key = fc.oneof(
  { weight: 9, arbitrary: fc.bigInt(0n, 7n) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 53n + 1n, 2n ** 64n - 1n) },
);
const value = fc.oneof(
  { weight: 20, arbitrary: fc.nat(90).map((n) => `value ${n} ${'·'.repeat(n)}`) },
  { weight: 1, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.integer({ min: STAGED_ABOVE + 1, max: 3 * STAGED_ABOVE }).map((n) => Uint8Array.from({ length: n }, (_, i) => i ^ n)),
  },
);
const header = fc.record({ key: fc.constantFrom('h', 'é', ''), value: fc.uint8Array({ maxLength: 3 }) });
const record: fc.Arbitrary<NewRecord> = fc.record(
  { key, value, headers: fc.array(header, { maxLength: 2 }), timestamp: fc.integer({ min: 0, max: 5_000 }) },
  { requiredKeys: ['key', 'value'] },
);
const records = fc.array(record, { minLength: 1, maxLength: 6 });
const pairs = fc.array(fc.tuple(fc.constantFrom('k0', 'k1', 'k2'), fc.option(fc.constantFrom('a', 'b'.repeat(300)), { nil: undefined })), {
  maxLength: 3,
});
const wanted = fc.record({ keys: pairs, records: fc.array(fc.tuple(name, record), { minLength: 1, maxLength: 5 }) });

/** Names are made on first use, with one partition or two. */
async function made(world: LogWorld, topic: string, seed: number): Promise<void> {
  await world.make(topic, 1 + (seed % 2));
}

/** Some partition of some topic, if there is any. */
function pick(world: LogWorld, seed: number) {
  const partitions = world.names.flatMap((topic) => world.model(topic)?.partitions ?? []);
  return partitions.length === 0 ? undefined : partitions[seed % partitions.length];
}

const produce = fc.tuple(name, nat, records, fc.boolean()).map(
  ([topic, seed, given, many]): Named => [
    `produce ${given.length} to ${topic}`,
    async (world) => {
      await made(world, topic, seed);
      await world.produce(topic, given, many);
    },
  ],
);

const burst = fc.tuple(name, nat, fc.integer({ min: 30, max: 120 })).map(
  ([topic, seed, count]): Named => [
    `produce ${count} to ${topic}`,
    async (world) => {
      await made(world, topic, seed);
      const many = Array.from({ length: count }, (_, i) => ({
        key: BigInt((i * 31 + seed) % 8),
        value: `${'x'.repeat(40 + (i % 50))}${i}`,
      }));
      await world.produce(topic, many, true);
    },
  ],
);

const write = fc.tuple(wanted, nat, fc.boolean()).map(
  ([all, seed, isRefused]): Named => [
    `${isRefused ? 'refuse to ' : ''}write ${all.keys.length} keys and ${all.records.length} records`,
    async (world) => {
      for (const [topic] of all.records) await made(world, topic, seed);
      await (isRefused ? world.refused(all) : world.write(all));
    },
  ],
);

const settle = name.map((topic): Named => [`compact ${topic}`, (world) => world.settle(topic)]);

const send = fc
  .constantFrom('MinorCompact', 'MajorCompaction', 'GarbageCollect')
  .map((type): Named => [type, async (world) => void (await world.engine.ask({ type } as { type: 'MinorCompact' }))]);

const read = fc.tuple(nat, nat, fc.integer({ min: 1, max: 30 })).map(
  ([seed, start, count]): Named => [
    `read ${count}`,
    async (world) => {
      const partition = pick(world, seed);
      if (partition !== undefined) await world.read(partition, start % (partition.next + 1), count);
    },
  ],
);

const readSince = fc.tuple(nat, fc.integer({ min: 0, max: 5_001 })).map(
  ([seed, time]): Named => [
    `read since ${time}`,
    async (world) => {
      const partition = pick(world, seed);
      if (partition !== undefined) await world.readSince(partition, time);
    },
  ],
);

const commit = fc.tuple(nat, nat, fc.constantFrom('g', 'group/1', '0')).map(
  ([seed, at, group]): Named => [
    `commit for ${group}`,
    async (world) => {
      const partition = pick(world, seed);
      if (partition === undefined) return;
      if (partition.next > 0) await world.commit(partition.topic, group, partition, at % partition.next);
      await world.readOn(partition.topic, group, partition);
    },
  ],
);

const register = fc
  .tuple(name, fc.nat(RETENTIONS.length - 1), fc.boolean())
  .map(
    ([topic, at, leaveFirst]): Named => [
      `register ${topic}: ${RETENTIONS[at].name}${leaveFirst ? ', having left' : ''}`,
      (world) => world.register(topic, RETENTIONS[at], leaveFirst),
    ],
  );

const crash = fc
  .tuple(name, records)
  .map(([topic, given]): Named => [`crash, ${given.length} under way`, (world) => world.crash(topic, given)]);
const reopen = fc.constant<Named>(['reopen', (world) => world.reopen()]);
const drop = name.map((topic): Named => [`drop ${topic}`, (world) => world.drop(topic)]);
const verify = fc.constant<Named>(['verify', (world) => world.verify()]);
const turn = fc.integer({ min: 1, max: 40 }).map((count): Named => [`${count} turns`, () => turns(count)]);

/** A registration takes the place of another while its run goes on; that it is told to end first is another command. */
const registerAnew = fc
  .tuple(name, fc.constantFrom(...RETENTIONS.filter(({ strategy }) => strategy !== undefined)))
  .map(([topic, retention]): Named => [`register ${topic} anew: ${retention.name}`, (world) => world.register(topic, retention, false)]);
const compact = name.map((topic): Named => [`start to compact ${topic}`, (world) => world.compact(topic)]);
const beside = fc.array(fc.oneof(compact, compact, send, read, commit, verify, turn, registerAnew), { minLength: 1, maxLength: 4 });
const atOnce = fc
  .tuple(fc.oneof(produce, burst, write), beside)
  .map(
    ([first, others]): Named => [
      `at once: ${[first, ...others].map(([what]) => what).join(' + ')}`,
      async (world) => void (await Promise.all([first, ...others].map(([, run]) => run(world)))),
    ],
  );

const command = fc.oneof(
  { weight: 12, arbitrary: produce },
  { weight: 2, arbitrary: burst },
  { weight: 4, arbitrary: write },
  { weight: 6, arbitrary: atOnce },
  { weight: 3, arbitrary: settle },
  { weight: 3, arbitrary: send },
  { weight: 3, arbitrary: read },
  { weight: 1, arbitrary: readSince },
  { weight: 2, arbitrary: commit },
  { weight: 3, arbitrary: register },
  { weight: 1, arbitrary: crash },
  { weight: 1, arbitrary: reopen },
  { weight: 1, arbitrary: drop },
  { weight: 1, arbitrary: verify },
  { weight: 4, arbitrary: turn },
);

class Step implements fc.AsyncCommand<object, LogWorld> {
  readonly #named: Named;
  constructor(named: Named) {
    this.#named = named;
  }
  check = () => true;
  async run(_: object, world: LogWorld): Promise<void> {
    await this.#named[1](world);
    await world.check();
  }
  toString = () => this.#named[0];
}

/** Every history begins with a strategy for each topic. */
const strategies = fc.tuple(...NAMES.map(() => fc.constantFrom(...RETENTIONS.map((one) => one.name))));

async function holds(t: ExecutionContext, options: OpenOptions, numRuns: number): Promise<void> {
  const history = fc.commands([command.map((named) => new Step(named))], { size: 'medium', maxCommands: 40 });
  await assertWithin(
    40_000,
    fc.tuple(strategies, history),
    async ([retentions, steps]) => {
      const world = await LogWorld.open(options, () => tempDirectory(t));
      try {
        for (const [at, topic] of NAMES.entries()) await world.register(topic, retentionCalled(retentions[at]), false);
        await fc.asyncModelRun(() => ({ model: {}, real: world }), steps);
        await world.end(STAGED_ABOVE);
      } finally {
        await world.close();
      }
    },
    { numRuns, endOnFailure: true, includeErrorInReport: true },
  );
  t.pass();
}

test('whatever happens to a log, it is what was produced less what its strategy lets go', async (t) => {
  await holds(t, TINY, 16);
});

test('the same with the work done in threads', async (t) => {
  await holds(t, { ...TINY, workers: 2 }, 3);
});

test('offsets are never given out again, though a compaction took the newest records and the store was opened anew', async (t) => {
  for (const [at, begin] of [reopened, killed].entries()) {
    const world = await LogWorld.open(TINY, () => tempDirectory(t));
    const [topic] = NAMES;
    await world.register(topic, retentionCalled('nothing'), false);
    await world.make(topic, 2);
    for (let round = 0; round < 3; round++) {
      await world.produce(
        topic,
        [0n, 1n, 2n].map((one) => ({ key: one, value: 'x' })),
        true,
      );
      if (round + at === 2) await world.engine.ask({ type: 'MinorCompact' });
      await world.settle(topic);
      t.deepEqual(world.topic(topic).offsets(), { beginning: undefined, end: undefined, next: 2 * (round + 1) });
      await begin(world, topic);
      await world.check();
    }
    await world.end(STAGED_ABOVE);
  }
});

function reopened(world: LogWorld): Promise<void> {
  return world.reopen();
}

function killed(world: LogWorld, topic: string): Promise<void> {
  return world.crash(topic, []);
}
