import type { ExecutionContext } from 'ava';
import test from 'ava';
import fc from 'fast-check';
import type { LogRecord, Offset } from '../../protocol/log.ts';
import { settled } from './support/manual-runtime.ts';
import { ModelPartition } from './support/model-partition.ts';
import { all, subscription } from './support/subscriptions.ts';

const PARTITIONS = 3;
const size = fc.integer({ min: 1, max: 5 });
const partition = fc.nat(PARTITIONS - 1);

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('produce' as const), partition, count: size }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('age' as const), partition, count: size, size }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('compact' as const), partition, kept: fc.nat(255), size }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pull' as const), count: size }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pullBatch' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hold' as const), partition }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('letThrough' as const), partition, count: size }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** One subscription to all partitions, and everything that it gave. */
class Play {
  readonly partitions = Array.from({ length: PARTITIONS }, (_, at) => new ModelPartition('topic', at));
  readonly #stop = new AbortController();
  readonly #subscription;
  readonly #given: Promise<readonly LogRecord[]>[] = [];

  constructor(before: readonly Step[], from: Offset) {
    for (const one of before) this.#change(one);
    this.#subscription = subscription(this.partitions, { from: { offset: from }, signal: this.#stop.signal });
  }

  async perform(one: Step): Promise<void> {
    if (one.do === 'pull') for (let i = 0; i < one.count; i++) this.#given.push(this.#subscription.next().then(recordsOf));
    else if (one.do === 'pullBatch') this.#given.push(this.#subscription.nextBatch().then((batch) => batch ?? []));
    else if (one.do === 'turn') await settled();
    else this.#change(one);
  }

  /** Lets everything come to rest, and pulls until a pull waits. */
  async finish(): Promise<LogRecord[]> {
    for (const one of this.partitions) one.letAllThrough();
    await settled();
    for (let waits = false; !waits; ) {
      const pull = this.#subscription.next();
      this.#given.push(pull.then(recordsOf));
      waits = (await Promise.race([pull.then(() => false), settled().then(() => true)])) === true;
    }
    await this.#subscription.return();
    return (await Promise.all(this.#given)).flat();
  }

  #change(one: Step): void {
    if (!('partition' in one)) return;
    const model = this.partitions[one.partition];
    if (one.do === 'produce') model.produce(one.count);
    if (one.do === 'age') model.age(one.count, one.size);
    if (one.do === 'compact') model.compact(({ offset }) => (one.kept & (1 << (offset % 8))) !== 0, one.size);
    if (one.do === 'hold') model.hold();
    if (one.do === 'letThrough') model.letThrough(one.count);
  }
}

function recordsOf(result: IteratorResult<LogRecord, undefined>): LogRecord[] {
  return result.done ? [] : [result.value];
}

function check(t: ExecutionContext, given: readonly LogRecord[], model: ModelPartition, from: Offset): void {
  const offsets = given.filter(({ partition }) => partition === model.partition).map(({ offset }) => offset);
  const ascends = offsets.every((offset, at) => offset > (offsets[at - 1] ?? from - 1));
  const seen = new Set(offsets);
  const missed = model.kept.filter(({ offset }) => offset >= from && !seen.has(offset));
  const made = offsets.every((offset) => offset < model.produced.length);
  if (!ascends || !made || missed.length > 0)
    t.fail(`partition ${model.partition}: ${offsets}; missed ${missed.map(({ offset }) => offset)}`);
}

test('whatever is produced, aged and compacted meanwhile, what is kept is seen once and in order', async (t) => {
  const steps = fc.array(step, { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.nat(6), steps, async (before, from, during) => {
      const play = new Play(before, from);
      for (const one of during) await play.perform(one);
      const given = await play.finish();
      for (const model of play.partitions) check(t, given, model, from);
      t.deepEqual(
        play.partitions.map(({ waiters }) => waiters),
        play.partitions.map(() => 0),
      );
    }),
    { numRuns: 400 },
  );
});

test('a record that comes while the answer "there is none" is on its way is not waited for in vain', async (t) => {
  const model = new ModelPartition();
  model.hold();
  const tail = subscription([model], {});
  const pull = tail.next();
  await settled();
  model.produce(1);
  model.letAllThrough();
  t.is((await pull).value?.offset, 0);
});

test('what is compacted away before it was reached is passed over, also when nothing is left', async (t) => {
  const model = new ModelPartition();
  model.produce(20);
  model.age(20, 4);
  model.compact(() => false, 4);
  t.deepEqual(await all(subscription([model], { idleTimeout: 0 })), []);
  const tail = subscription([model], {});
  const pull = tail.next();
  await settled();
  model.produce(1);
  t.is((await pull).value?.offset, 20);
});

test('a source that goes backwards or stands still is not believed', async (t) => {
  for (const wrong of [
    { records: [], next: 0 },
    { records: [new ModelPartition().produce(1)[0]], next: 0 },
  ]) {
    const model = new ModelPartition();
    model.produce(3);
    const tail = subscription([Object.assign(model, { read: () => wrong })]);
    await t.throwsAsync(tail.next(), { code: 'LITHIFY_INTERNAL' });
  }
});
