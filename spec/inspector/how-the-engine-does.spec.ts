import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { Subject } from 'rxjs';
import type { EngineEvent } from '../../index.ts';
import { bytesOnDisk } from '../../inspector/feed/disk-usage.ts';
import { LoopHold } from '../../inspector/feed/loop-hold.ts';
import { Stalls } from '../../inspector/feed/stalls.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { inspectedAs } from './support/inspected.ts';
import { Looker } from './support/looker.ts';

test('what a store occupies is measured, with everything below it', async (t) => {
  const engine = await openEngine(t);
  const { url } = await inspectedAs(t, engine);
  const { health } = await (await Looker.open(t, url)).frame(({ health }) => health.diskBytes !== undefined);
  t.true((health.diskBytes ?? 0) > 0);
  const before = await bytesOnDisk(engine.location);
  await mkdir(join(engine.location, 'more/below'), { recursive: true });
  await writeFile(join(engine.location, 'more/below/file'), Buffer.alloc(100_000, 1));
  t.true((await bytesOnDisk(engine.location)) - before >= 100_000);
});

test('a directory that is no store is not looked through, and a store in memory has no size on disk', async (t) => {
  const directory = await tempDirectory(t);
  await writeFile(join(directory, 'somebody-elses'), 'x'.repeat(10_000));
  await t.throwsAsync(bytesOnDisk(directory), { code: 'ENOENT' });
  const engine = await openEngine(t, { ...TINY, storage: 'memory' }, directory);
  const { url } = await inspectedAs(t, engine);
  const page = await Looker.open(t, url);
  await engine.kv.put('a', 'b');
  for (let i = 0; i < 20; i++) t.is((await page.frame()).health.diskBytes, undefined);
});

test('writers that are slowed or stand still are counted from the engine’s own events', (t) => {
  const events$ = new Subject<EngineEvent>();
  using stalls = new Stalls(engineWith(events$, { slowed: false }));
  t.is(stalls.take(performance.now()), 0);
  events$.next({ type: 'writersSlowed', reason: 'compaction', bytes: 1, limit: 1, cause: 'compaction' });
  events$.next({ type: 'writersWaiting', reason: 'compaction', bytes: 1, limit: 1, cause: 'compaction' });
  const at = Math.ceil(performance.now());
  t.true(stalls.take(at + 1000) >= 1000, 'it goes on');
  t.is(stalls.take(at + 1500), 500, 'since it was asked last');
  events$.next({ type: 'writersResumed', reason: 'compaction', waitedMs: 1, cause: 'compaction' });
  stalls.take(at + 2000);
  t.is(stalls.take(at + 3000), 0, 'it is over');
});

test('writers that stood still before anybody looked are counted from then on', (t) => {
  using stalls = new Stalls(engineWith(new Subject(), { slowed: false, waitingFor: 'memory' }));
  t.true(stalls.take(performance.now() + 1000) >= 1000);
});

test('an event loop that was held is seen, once, whoever has the first turn afterwards', async (t) => {
  using hold = new LoopHold();
  const holdFor = (ms: number) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };
  holdFor(60);
  const at = performance.now();
  t.true(hold.take(at) >= 50, 'we have');
  t.is(hold.take(at), 0, 'and not again');
  holdFor(60);
  await turns(30);
  t.true(hold.take(performance.now()) >= 50, 'the timer has');
});

/** So many milliseconds pass while the loop turns. */
async function turns(ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until) await turn();
}

/** As much of one as is looked at here. */
function engineWith(events$: Subject<EngineEvent>, writes: object): ConstructorParameters<typeof Stalls>[0] {
  return { events$, stats: () => ({ writes }) } as unknown as ConstructorParameters<typeof Stalls>[0];
}
