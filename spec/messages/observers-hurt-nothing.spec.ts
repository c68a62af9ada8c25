import test from 'ava';
import type { InspectionEvent } from 'xstate';
import { type Logger, type OpenOptions, open } from '../../index.ts';
import { freshLocation } from '../support/cli.ts';
import { fill, HeldEngine } from '../support/held-engine.ts';

/** A small life of an engine: all that can be watched happens in it. */
async function live(location: string, options: OpenOptions): Promise<void> {
  const engine = await open(location, { durability: 'os', ...options });
  await fill(engine, 100);
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  await engine.ask({ type: 'DeleteBlob', blobId: 1 });
  const keys = await engine.kv.keys().all();
  if (keys.length !== 100) throw new Error(`${keys.length} keys are left`);
  await engine.close();
}

test('an inspector sees every actor, and every message on its way in through the root', async (t) => {
  const actors = new Set<string>();
  const messages: string[] = [];
  const inspect = (event: unknown) => {
    const { type, actorRef, ...rest } = event as InspectionEvent;
    const name = 'systemId' in actorRef ? String(actorRef.systemId) : 'a promise';
    actors.add(name);
    if (type === '@xstate.event' && 'event' in rest && rest.event.type === 'Request')
      messages.push(`${name}: ${rest.event.envelope.message.type}`);
  };
  await live(await freshLocation(t), { inspect });
  const expected = ['engine', 'mailbox', 'tablet', 'writer', 'worker-0', 'worker-1', 'compactor-0', 'compactor-1'];
  t.deepEqual(
    expected.filter((name) => !actors.has(name)),
    [],
  );
  for (const message of ['MinorCompact', 'MajorCompaction', 'DeleteBlob']) {
    t.deepEqual(messages.filter((one) => one.endsWith(`: ${message}`)).slice(0, 2), [`engine: ${message}`, `mailbox: ${message}`]);
  }
});

test('an inspector that throws at every event changes nothing', async (t) => {
  let seen = 0;
  await live(await freshLocation(t), {
    inspect: () => {
      seen++;
      throw new Error('a broken inspector');
    },
  });
  t.true(seen > 100);
});

test('a logger that throws changes nothing', async (t) => {
  let lines = 0;
  const broken = () => {
    lines++;
    throw new Error('a broken logger');
  };
  await live(await freshLocation(t), { logger: { debug: broken, info: broken, warn: broken, error: broken } });
  t.true(lines > 10);
});

test('a logger gets every event; what is no trouble is neither a warning nor an error', async (t) => {
  const lines: [level: string, type: string][] = [];
  const log = (level: string) => (details: object) => void lines.push([level, 'type' in details ? String(details.type) : '']);
  const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const held = await HeldEngine.open({ logger, compactors: 1 });
  const { flush } = await held.busy();
  const sender = new AbortController();
  await t.throwsAsync(held.engine.ask({ type: 'MinorCompact' }, { signal: AbortSignal.abort() }));
  sender.abort();
  held.release();
  await flush;
  await held.engine.close();
  const told = held.events.map(({ type }) => type);
  t.deepEqual(
    lines.slice(-told.length).map(([, type]) => type),
    told,
  );
  t.true(lines.every(([level]) => level === 'debug' || level === 'info'));
});

test('nothing is printed by an engine that nobody watches', async (t) => {
  const { stdout, stderr } = process;
  const written: unknown[] = [];
  const writes = [stdout, stderr].map((stream) => ({ stream, write: stream.write }));
  for (const { stream } of writes) stream.write = (chunk: unknown) => written.push(chunk) > 0;
  try {
    await live(await freshLocation(t), {});
  } finally {
    for (const { stream, write } of writes) stream.write = write;
  }
  t.deepEqual(written, []);
});

test('who throws in the middle of a machine event does not break the chain of replies', async (t) => {
  let throwing = false;
  const held = await HeldEngine.open({
    inspect: (event) => {
      if (throwing && (event as InspectionEvent).type === '@xstate.snapshot')
        throw new Error('at a snapshot a mailbox would be wedged for good');
    },
  });
  throwing = true;
  await held.fill(20);
  for (let i = 0; i < 5; i++) await held.engine.ask({ type: 'MajorCompaction' });
  await held.engine.close();
  t.pass();
});
