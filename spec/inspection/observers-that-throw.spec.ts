import test from 'ava';
import type { InspectionEvent } from 'xstate';
import { type OpenOptions, open } from '../../index.ts';
import { TINY, tempDirectory } from '../support/engines.ts';
import { load } from './support/load.ts';

const EVENT_TYPES = ['@xstate.actor', '@xstate.event', '@xstate.snapshot', '@xstate.microstep', '@xstate.action'] as const;

/** All that an engine does: flush, merge, collect, close; and what came out of it. */
async function live(location: string, options: OpenOptions): Promise<unknown> {
  await using engine = await open(location, { ...TINY, ...options });
  await load(engine, 400);
  const { memtables } = await engine.ask({ type: 'MinorCompact' });
  const { compacted } = await engine.ask({ type: 'MajorCompaction' });
  await engine.ask({ type: 'GarbageCollect' });
  const refused = await engine.ask({ type: 'MinorCompact' }, { signal: AbortSignal.abort() }).catch(({ code }) => code);
  return { keys: (await engine.kv.keys().all()).length, flushed: memtables.length, compacted, refused };
}

for (const type of EVENT_TYPES) {
  test(`who throws at every ${type} changes nothing`, async (t) => {
    let thrown = 0;
    const next = (event: unknown) => {
      if ((event as InspectionEvent).type !== type) return;
      thrown++;
      throw new Error(`broken at ${type}`);
    };
    const lived = await live(await tempDirectory(t), { inspect: { next } });
    t.like(lived, { keys: 400, compacted: true, refused: 'LITHIFY_ABORTED' });
    t.true(thrown > 0);
  });
}

test('who throws late, once, at any one moment of a life, changes nothing, and does not stop being told', async (t) => {
  let events = 0;
  await live(await tempDirectory(t), { inspect: () => void events++ });
  for (let at = 0; at < events; at += Math.ceil(events / 12)) {
    let seen = 0;
    const inspect = () => {
      if (seen++ === at) throw new Error('broken once');
    };
    t.like(await live(await tempDirectory(t), { inspect }), { keys: 400 });
    t.true(seen > at + 1);
  }
});

test('one that throws what is no error, or whose next() is gone, changes nothing', async (t) => {
  const vanishing: { next?: () => void } = { next: () => delete vanishing.next };
  const throws = (value: unknown) => () => {
    throw value;
  };
  for (const inspect of [throws(undefined), throws(Object.create(null)), vanishing]) {
    t.like(await live(await tempDirectory(t), { inspect }), { keys: 400 });
  }
});

test('an observer that throws takes nothing from those behind it', async (t) => {
  const engine = await open(await tempDirectory(t), TINY);
  engine.observe(() => {
    throw new Error('broken');
  });
  let seen = 0;
  engine.observe(() => void seen++);
  await engine.ask({ type: 'MinorCompact' });
  await engine.close();
  t.true(seen > 0);
});
