import test, { type ExecutionContext } from 'ava';
import { createActor, sendTo, setup } from 'xstate';
import { type Engine, type Message, nodeRuntime, type OpenOptions } from '../../index.ts';
import { contentOf, openEngine, quiet, sorted, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { faultInBlobs } from '../support/store-contents.ts';

// Whoever asked is gone while the job runs: by a signal, by a time-out, or as an actor that was stopped. The work ends, whoever asks
// next is answered, and nothing half done stays.

type Kind = 'flush' | 'merge' | 'delete';
type Asked = Exclude<Message, { type: 'Shutdown' }>;
const MESSAGES: Readonly<Record<Kind, Asked>> = {
  flush: { type: 'MinorCompact' },
  merge: { type: 'MajorCompaction' },
  delete: { type: 'GarbageCollect' },
};
/** Told from all other timers; the spec decides when it is over. */
const TIMEOUT_MS = 77_777;

interface Scene {
  readonly engine: Engine;
  readonly message: Asked;
  /** Over is the time that a request was given. */
  readonly passTimeout: () => void;
}

/** Sends a request; what it returns makes whoever sent it go, and resolves when that is done. */
type Sending = (t: ExecutionContext, scene: Scene) => () => Promise<unknown>;

const bySignal: Sending = (t, { engine, message }) => {
  const sender = new AbortController();
  const answer = t.throwsAsync(engine.ask(message, { signal: sender.signal }), { code: 'LITHIFY_ABORTED' });
  return () => {
    sender.abort();
    return answer;
  };
};

const byTimeout: Sending = (t, { engine, message, passTimeout }) => {
  const answer = t.throwsAsync(engine.ask(message, { timeoutMs: TIMEOUT_MS }), { code: 'LITHIFY_TIMEOUT' });
  return () => {
    passTimeout();
    return answer;
  };
};

/** A machine that sends to the mailbox by itself, as any actor may; nobody hears the reply. */
const asActor: Sending = (_, { engine, message }) => {
  const { mailbox } = engine;
  if (mailbox === undefined) throw new Error('the engine has no mailbox');
  const asking = setup({}).createMachine({
    entry: sendTo(mailbox, { type: 'Request', envelope: { id: 'by an actor', message, replyTo: 'asking' }, at: 0 }),
  });
  const actor = createActor(asking).start();
  return async () => actor.stop();
};

for (const [how, sending] of Object.entries({ bySignal, byTimeout, asActor })) {
  for (const kind of ['flush', 'merge', 'delete'] as const) {
    test(`${how}: a requester that goes during a ${kind} leaves the engine as if it had never asked`, (t) => leaves(t, kind, sending));
  }
}

async function leaves(t: ExecutionContext, kind: Kind, sending: Sending): Promise<void> {
  const directory = await tempDirectory(t);
  const faults = Faults.create();
  const { options, passTimeout } = withTimeout(faults);
  const engine = await openEngine(t, options, directory);
  const model = await prepared(engine, kind, faults);
  const message = MESSAGES[kind];
  const go = sending(t, { engine, message, passTimeout });
  await faults.reach(kind, 1);
  await go();
  const next = engine.ask(message);
  faults.release(kind);
  t.is((await next).type, message.type);
  t.deepEqual(await contentOf(engine), sorted(model));
  await quiet(engine);
  t.deepEqual(engine.stats().leases, []);
  await engine.close();
  t.is(await faultInBlobs(directory, 0), undefined);
}

/** There is something to do for a job of this kind, and it will be held. */
async function prepared(engine: Engine, kind: Kind, faults: Faults): Promise<Map<string, string>> {
  const model = new Map<string, string>();
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at < 40; at++) {
      const [key, value] = [`key ${(at * 7 + round) % 60}`, `${round} ${'v'.repeat(60)}`];
      await engine.kv.put(key, value);
      model.set(key, value);
    }
    if (kind === 'flush') break;
    await engine.ask({ type: 'MinorCompact' });
  }
  faults.hold(kind);
  if (kind === 'delete') await engine.ask({ type: 'MajorCompaction' });
  return model;
}

function withTimeout(faults: Faults): { options: OpenOptions; passTimeout: () => void } {
  const real = nodeRuntime({ startThread: faults.start });
  let passTimeout = () => {};
  const setTimer = (run: () => void, ms: number) => {
    if (ms === TIMEOUT_MS) passTimeout = run;
    return ms === TIMEOUT_MS ? undefined : real.clock.setTimer(run, ms);
  };
  const clearTimer = (timer: unknown) => timer !== undefined && real.clock.clearTimer(timer);
  const runtime = { ...real, clock: { ...real.clock, setTimer, clearTimer } };
  return { options: { ...TINY, workers: 2, minorTrigger: 64, runtime }, passTimeout: () => passTimeout() };
}
