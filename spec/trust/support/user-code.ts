import type { ExecutionContext } from 'ava';
import { type CompactionOptions, type Engine, keyBasedRetention, LithifyError, type OpenOptions } from '../../../index.ts';
import { records, shown } from '../../logs/support/topics.ts';
import { eventsOf, openEngine, quiet, TINY, tempDirectory } from '../../support/engines.ts';
import { nextEvent, ofType } from '../../support/next-event.ts';
import { faultInBlobs } from '../../support/store-contents.ts';

const COUNT = 12;

/** An engine with topics whose strategies do what none may do. */
export class Undermined {
  readonly engine: Engine;
  readonly #t: ExecutionContext;
  readonly #directory: string;
  readonly #events: ReturnType<typeof eventsOf>;
  #topics = 0;

  private constructor(t: ExecutionContext, engine: Engine, directory: string) {
    this.#t = t;
    this.engine = engine;
    this.#directory = directory;
    this.#events = eventsOf(engine);
  }

  static async open(t: ExecutionContext, options: OpenOptions): Promise<Undermined> {
    const directory = await tempDirectory(t);
    return new Undermined(t, await openEngine(t, { ...TINY, ...options }, directory), directory);
  }

  /** A topic of its own is compacted so, which must fail; all of its records are there afterwards. Returns the error. */
  async failure(compaction: CompactionOptions): Promise<LithifyError> {
    const t = this.#t;
    const name = `wrong${this.#topics++}`;
    const topic = this.engine.topic(name, { compaction: { tombstoneDelayMs: 0, compactionThreshold: 2 ** 30, ...compaction } });
    await topic.produceMany(records(COUNT).map((record, timestamp) => ({ ...record, timestamp })));
    const failed = nextEvent(this.engine, 'logCompactionFailed', (event) => event.topic === name);
    const error = await t.throwsAsync<LithifyError>(topic.compact(), { instanceOf: LithifyError });
    t.like(await failed, { partition: 0, error, retryMs: 100 });
    await topic.unregister();
    t.is((await shown(topic)).length, COUNT, name);
    return error as LithifyError;
  }

  /** Keys are written and flushed, another topic is compacted, and the closed store has what it needs and no more. */
  async goesOn(): Promise<void> {
    const t = this.#t;
    const { engine } = this;
    await engine.kv.put('key', 'value');
    await perhapsAgain(() => engine.ask({ type: 'MinorCompact' }));
    const other = engine.topic('other', { compaction: { strategy: keyBasedRetention(8) } });
    await other.produceMany(records(30, { keys: 2 }));
    await perhapsAgain(() => other.compact());
    t.deepEqual(await shown(other), ['28:value 28', '29:value 29']);
    t.is(await engine.kv.get('key'), 'value');
    t.deepEqual(
      ofType(this.#events, 'backingOff').filter(({ error }) => error.code === 'LITHIFY_STRATEGY'),
      [],
      "the engine's own work is not slowed down",
    );
    await quiet(engine);
    t.deepEqual(engine.stats().leases, []);
    await engine.close();
    t.is(await faultInBlobs(this.#directory, 0), undefined);
  }
}

/** A thread that the user's code has undermined may break under somebody else. */
async function perhapsAgain(work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: LithifyError) => {
    if (error.code !== 'LITHIFY_WORKER_DIED') throw error;
    return work();
  });
}
