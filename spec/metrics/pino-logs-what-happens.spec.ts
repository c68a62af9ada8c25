import test from 'ava';
import pino from 'pino';
import { logEvent } from '../../actors/event-log.ts';
import { type EngineEvent, LithifyError, type Logger, nodeRuntime } from '../../index.ts';
import { eventsOf, openEngine, quiet, TINY } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly type: string;
  readonly store?: string;
  readonly err?: {
    readonly type: string;
    readonly message: string;
    readonly stack: string;
    readonly code: string;
    readonly details: object;
  };
}

const [DEBUG, INFO, WARN, ERROR] = [20, 30, 40, 50];

/** A real pino, and the lines that it wrote. */
function lines(): { logger: pino.Logger; written: Line[] } {
  const written: Line[] = [];
  return { written, logger: pino({ level: 'debug' }, { write: (line) => void written.push(JSON.parse(line)) }) };
}

function failing(type: 'storageFailed' | 'workerDied', error: LithifyError): EngineEvent {
  return type === 'storageFailed' ? { type, error } : { type, worker: 'worker-0', restartMs: 50, error };
}

test('the life of an engine is a few lines at info, the routine at debug, each a sentence', async (t) => {
  const { logger, written } = lines();
  const engine = await openEngine(t, { ...TINY, logger });
  const events = eventsOf(engine);
  await engine.kv.put('k', 'v');
  await engine.ask({ type: 'MajorCompaction' });
  await engine.kv.ingest([['x', 'v']]);
  await engine.close();
  t.deepEqual(
    written.map(({ type }) => type).filter((type) => type !== 'opened'),
    events.map(({ type }) => type).filter((type) => type !== 'opened'),
  );
  const at = (level: number) => new Set(written.filter((line) => line.level === level).map(({ type }) => type));
  t.true(['opened', 'compacted', 'ingested', 'closed'].every((type) => at(INFO).has(type)));
  t.true(['memtableSealed', 'jobStarted', 'jobSettled', 'replied'].every((type) => at(DEBUG).has(type) && !at(INFO).has(type)));
  t.is(at(WARN).size + at(ERROR).size, 0);
  for (const { msg } of written) t.regex(msg, /^\S.* .*[.!?]$/);
  t.regex(written[0].msg, /^The store at .+ is open after \d+ ms; 0 entries were in its log\.$/);
});

test('what fails is a warning, and a failing storage an error, with the coded error as pino serialises one', async (t) => {
  const faults = Faults.create();
  const { logger, written } = lines();
  const runtime = nodeRuntime({ startThread: faults.start });
  const engine = await openEngine(t, { ...TINY, compactors: 1, workers: 1, logger, runtime });
  await engine.kv.put('k', 'v');
  faults.fail('flush', 'dies');
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }));
  await quiet(engine);
  await engine.kv.put('k', 'w');
  faults.fail('flush', 'storage fails');
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }));
  await quiet(engine);
  await engine.close();
  const of = (type: string) => written.filter((line) => line.type === type);
  t.like(of('workerDied')[0], { level: WARN, err: { type: 'LithifyError', code: 'LITHIFY_WORKER_DIED' } });
  t.like(of('storageFailed')[0], { level: ERROR, err: { code: 'LITHIFY_BLOB_STORE' } });
  t.is(of('storageRecovered')[0]?.level, INFO);
  const failed = of('jobSettled').filter(({ err }) => err !== undefined);
  t.true(failed.length > 0 && failed.every(({ level, msg, err }) => level === WARN && msg.includes(err?.message.slice(0, 20) ?? '?')));
  t.true(written.every((line) => !('error' in line)));
});

test('a child logger is as good, and keeps what it was given', async (t) => {
  const { logger, written } = lines();
  const engine = await openEngine(t, { ...TINY, storage: 'memory', logger: logger.child({ store: 'sensors' }) }, 'memory');
  await engine.close();
  t.true(written.length > 1 && written.every(({ store }) => store === 'sensors'));
});

test('details, causes, and bytes or big numbers in them, come through as JSON', (t) => {
  const { logger, written } = lines();
  const cause = Object.assign(new Error('below'), { code: 'EIO', bytes: new Uint8Array([1, 2]), offset: 2n ** 60n });
  const error = new LithifyError('LITHIFY_CORRUPTION', 'Block 3 of blob 7 is damaged.', { cause, details: { blobId: 7, block: 3 } });
  logEvent(logger, failing('workerDied', error));
  const odd = Object.assign(new LithifyError('LITHIFY_WAL', 'odd'), { bytes: new Uint8Array([1, 2]), offset: 2n ** 60n });
  logEvent(logger, failing('workerDied', odd));
  t.is(written.length, 2);
  t.like(written[0], { level: ERROR, err: { code: 'LITHIFY_CORRUPTION', details: { blobId: 7, block: 3 } } });
  t.regex(written[0].err?.stack ?? '', /below/);
  t.like(written[1], { level: WARN, err: { code: 'LITHIFY_WAL' } });
});

test('methods are called on the logger itself, and one that throws is not asked why', async (t) => {
  class Counting implements Logger {
    told = 0;
    debug = () => this.#note();
    info() {
      this.#note();
    }
    warn() {
      this.#note();
    }
    error() {
      this.#note();
    }
    #note() {
      this.told++;
      throw new Error('no disk for logs');
    }
  }
  const logger = new Counting();
  const engine = await openEngine(t, { ...TINY, storage: 'memory', logger }, 'memory');
  await engine.kv.put('k', 'v');
  t.true((await engine.ask({ type: 'MajorCompaction' })).compacted);
  await engine.close();
  t.true(logger.told > 5);
});

test('every kind of trouble has its level', (t) => {
  const { logger, written } = lines();
  const internal = new LithifyError('LITHIFY_INTERNAL', 'a state that must not happen');
  const full = new LithifyError('LITHIFY_DISK_FULL', 'no space');
  const topic = { topic: 't', partition: 0 };
  const events: [level: number, event: EngineEvent][] = [
    [WARN, { type: 'writersWaiting', cause: 'memory', reason: 'memory is at its limit', bytes: 1, limit: 1 }],
    [INFO, { type: 'writersResumed', cause: 'memory', reason: 'memory is at its limit', waitedMs: 1 }],
    [DEBUG, { type: 'writersSlowed', cause: 'memory', reason: 'memory fills up', bytes: 1, limit: 1 }],
    [WARN, { ...topic, type: 'producersWaiting', reason: 'the log is long', bytes: 1, limit: 1 }],
    [WARN, { type: 'backingOff', compactor: 'compactor-0', ms: 100, error: full }],
    [ERROR, { type: 'backingOff', compactor: 'compactor-0', ms: 100, error: internal }],
    [WARN, { ...topic, type: 'logCompactionFailed', phase: 'analyzing', error: full }],
    [ERROR, { type: 'storageFailed', error: full }],
    [INFO, { ...topic, type: 'groupHoldsLog', group: 'g', lag: 3, idleMs: undefined, expired: false }],
    [WARN, { ...topic, type: 'groupHoldsLog', group: 'g', lag: 3, idleMs: 1, expired: true }],
  ];
  for (const [, event] of events) logEvent(logger, event);
  t.deepEqual(
    written.map(({ level, type }) => [level, type]),
    events.map(([level, { type }]) => [level, type]),
  );
});
