import test, { type ExecutionContext } from 'ava';
import { EngineCore } from '../../actors/engine-core.ts';
import { type Engine, type EngineEvent, LithifyError, nodeRuntime, type OpenOptions } from '../../index.ts';
import { resolveOptions } from '../../protocol/options.ts';
import { contentOf, eventsOf, openEngine, sorted, TINY, tempDirectory } from '../support/engines.ts';
import { Faults, type JobFault } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';

/** Four memtables, two compactors with threads of their own. */
const OPTIONS = { ...TINY, memoryBytes: 192 * 1024, workers: 2 } as const;
/** Merges are behind long before memory is full, and one that stands still leaves the other compactor to flushes. */
const ROOMY = { memoryBytes: 1024 * 1024, sliceBytes: 1024 * 1024 } as const;
const FOR_EVER = 1_000_000;
/** Longer than any machine is slow. */
const PATIENT = { writeTimeoutMs: 2 ** 31 - 1 } as const;

const CODES = { refused: 'LITHIFY_SST', 'storage fails': 'LITHIFY_BLOB_STORE' } as const;

for (const how of ['refused', 'storage fails', 'dies'] as const satisfies readonly JobFault[]) {
  test(`flushes that fail a few times (${how}) refuse no write, and all writes land`, async (t) => {
    const { engine, faults } = await faulty(t, PATIENT);
    faults.fail('flush', how, 2);
    const { model, refused } = await write(engine, 1_500);
    t.is(refused.length, 0);
    t.is(faults.left('flush'), 0);
    t.deepEqual(await contentOf(engine), sorted(model));
  });
}

for (const how of ['refused', 'storage fails'] as const) {
  const code = CODES[how];
  test(`flushes that go on failing (${how}) refuse writes with their error, and once they work so do writes`, async (t) => {
    const { engine, faults } = await faulty(t, { writeTimeoutMs: 50 });
    const events = eventsOf(engine);
    faults.fail('flush', how, FOR_EVER);
    const { model, refused } = await write(engine, 1_500);
    t.true(refused.length > 0);
    for (const error of refused) t.true(error instanceof LithifyError && error.code === code && error.cause instanceof LithifyError);
    t.true(reasons(events).some((reason) => reason.startsWith('writersWaiting: memory is at its limit')));
    faults.fail('flush', how, 0);
    await writesAgain(engine);
    model.set('after', 'room');
    t.deepEqual(await contentOf(engine), sorted(model));
    t.deepEqual((await engine.verify()).damage, []);
  });
}

test('merges that go on failing refuse writes with their error once their debt is at its limit, and later take it off', async (t) => {
  const { engine, faults } = await faulty(t, { ...ROOMY, writeTimeoutMs: 50 });
  const events = eventsOf(engine);
  faults.fail('merge', 'refused', FOR_EVER);
  const owing = await owe(engine);
  const { model, refused } = await write(engine, 1_500);
  t.true(refused.length > 0 && refused.every((error) => error instanceof LithifyError && error.code === 'LITHIFY_SST'));
  const said = reasons(events);
  const slowed = said.findIndex((reason) => reason.startsWith('writersSlowed: compaction falls behind'));
  t.true(slowed >= 0 && slowed < said.findIndex((reason) => reason.startsWith('writersWaiting: compaction is behind')), said.join('\n'));
  faults.fail('merge', 'refused', 0);
  await writesAgain(engine);
  t.deepEqual(await contentOf(engine), sorted(new Map([...owing, ...model, ['after', 'room']])));
});

test('merges that stand still slow writers, then let them wait for as long as that lasts, and stats tell', async (t) => {
  const { engine, faults } = await faulty(t, { ...ROOMY, writeTimeoutMs: 0 });
  faults.hold('merge');
  const owing = await owe(engine);
  const first = engine.stats().writes;
  const waiting = nextEvent(engine, 'writersWaiting');
  const written = write(engine, 1_500);
  await waiting;
  const second = engine.stats().writes;
  t.regex(first.waitingFor ?? '', /^compaction falls behind: .* wait to be merged or deleted/);
  t.regex(second.waitingFor ?? '', /^compaction is behind/);
  t.deepEqual([first.slowed, second.slowed], [true, false]);
  t.true(second.waiting > 0 && second.waitingBytes > 0);
  faults.release('merge');
  const { model, refused } = await written;
  t.is(refused.length, 0);
  t.deepEqual(await contentOf(engine), sorted(new Map([...owing, ...model])));
});

test('closing lets nobody wait who was slowed or stood still', async (t) => {
  const { engine, faults } = await faulty(t, { ...ROOMY, closeDeadlineMs: 0 });
  faults.hold('merge');
  await owe(engine);
  const waiting = nextEvent(engine, 'writersWaiting');
  const written = write(engine, 1_500);
  await waiting;
  const closed = engine.close();
  faults.release('merge');
  await closed;
  const { refused } = await written;
  t.true(refused.length > 0 && refused.every((error) => isClosed(error)));
});

test('an exclusive moment finds memory empty, and its sequences stand between those before and behind it', async (t) => {
  const engine = await EngineCore.open(await tempDirectory(t), resolveOptions({ ...TINY, ...PATIENT }), nodeRuntime());
  t.teardown(() => engine.ask({ type: 'Shutdown' }));
  const { writer, memtables, tablet } = engine.core;
  const [one, two] = [bytes('one'), bytes('two')];
  const before = writer.put(one, one);
  const moment = writer.exclusively('a spec wants it', async (first) => {
    t.true(memtables.live.isEmpty && memtables.sealed.length === 0);
    t.deepEqual([first, tablet.state.version.minors.map(({ maxSeq }) => maxSeq)], [2, [1]]);
    return 5;
  });
  const behind = writer.put(two, two);
  await Promise.all([before, moment, behind]);
  t.deepEqual([writer.lastSequence, memtables.active.firstSequence], [7, 7]);
});

test('LevelDB that is opened again while one waits for memory delays it, and harms nothing', async (t) => {
  const faults = Faults.create();
  const runtime = nodeRuntime({ startThread: faults.start });
  const engine = await EngineCore.open(await tempDirectory(t), resolveOptions({ ...TINY, ...PATIENT, workers: 2 }), runtime);
  t.teardown(() => engine.ask({ type: 'Shutdown' }));
  const events: EngineEvent[] = [];
  engine.events$.subscribe((event) => events.push(event));
  faults.fail('flush', 'storage fails', 1);
  const { writer, tablet } = engine.core;
  await writer.put(bytes('k'), bytes('v'));
  const minors: number[] = [];
  await writer.exclusively('a spec wants it', async () => {
    minors.push(tablet.state.version.minors.length);
    return 0;
  });
  t.deepEqual(minors, [1]);
  t.true(events.some(({ type }) => type === 'storageRecovered'));
});

async function faulty(t: ExecutionContext, options: OpenOptions = {}): Promise<{ engine: Engine; faults: Faults }> {
  const faults = Faults.create();
  const engine = await openEngine(t, { ...OPTIONS, ...options, runtime: nodeRuntime({ startThread: faults.start }) });
  return { engine, faults };
}

/** Table after table, until there are more bytes to be merged than may be. */
async function owe(engine: Engine): Promise<Map<string, string>> {
  const owing = new Map<string, string>();
  while (engine.stats().minors.bytes < 100 * 1024) {
    const { model } = await write(engine, 200);
    for (const [key, value] of model) owing.set(key, value);
    await engine.ask({ type: 'MinorCompact' });
  }
  return owing;
}

/** So many writes that do not wait for each other, what landed, and the errors of the others. */
async function write(engine: Engine, count: number): Promise<{ model: Map<string, string>; refused: unknown[] }> {
  const model = new Map<string, string>();
  const refused: unknown[] = [];
  const put = async (i: number) => {
    const [key, value] = [`key-${i % 700}-${i}`, `value ${i} ${'·'.repeat(i % 40)}`];
    try {
      await engine.kv.put(key, value);
      model.set(key, value);
    } catch (error) {
      refused.push(error);
    }
  };
  await Promise.all(Array.from({ length: count }, (_, i) => put(i)));
  return { model, refused };
}

/** The fault has gone, but those who back off from it have yet to notice. */
async function writesAgain(engine: Engine): Promise<void> {
  for (;;) {
    try {
      return await engine.kv.put('after', 'room');
    } catch (error) {
      if (!(error instanceof LithifyError && /^Not written/.test(error.message))) throw error;
      await nextEvent(engine, 'jobSettled');
    }
  }
}

function reasons(events: readonly EngineEvent[]): string[] {
  return events.flatMap((event) => ('reason' in event && event.type.startsWith('writers') ? `${event.type}: ${event.reason}` : []));
}

function isClosed(error: unknown): boolean {
  return error instanceof LithifyError ? error.code === 'LITHIFY_CLOSED' : (error as { code?: string }).code === 'LEVEL_DATABASE_NOT_OPEN';
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
