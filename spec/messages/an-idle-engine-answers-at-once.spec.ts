import test from 'ava';
import { nodeRuntime, open, type Runtime } from '../../index.ts';
import { freshLocation } from '../support/cli.ts';
import { fill } from '../support/held-engine.ts';

/** After so long the engine deletes a little garbage by itself. */
const TIDY_MS = 500;

/** A runtime whose timers never fire: whoever waits for a tick waits for ever. */
function withoutTimers(): { runtime: Runtime; asked: number[] } {
  const asked: number[] = [];
  const real = nodeRuntime();
  const setTimer = (_: () => void, ms: number) => asked.push(ms);
  return { runtime: { ...real, clock: { ...real.clock, setTimer, clearTimer: () => {} } }, asked };
}

test('ten deletes to an idle engine are answered although no timer ever fires', async (t) => {
  const { runtime, asked } = withoutTimers();
  const engine = await open('memory', { storage: 'memory', runtime });
  for (let blobId = 0; blobId < 10; blobId++) await engine.ask({ type: 'DeleteBlob', blobId });
  t.deepEqual(asked, []);
  await engine.close();
});

test('a message to an idle engine is answered without a turn of the event loop', async (t) => {
  const engine = await open('memory', { storage: 'memory' });
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  for (let blobId = 0; blobId < 10; blobId++) await engine.ask({ type: 'DeleteBlob', blobId });
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'GarbageCollect' });
  t.false(turned);
  await engine.close();
});

test('flush, major and collection, on threads, need no timer either', async (t) => {
  const { runtime, asked } = withoutTimers();
  const engine = await open(await freshLocation(t), { runtime, durability: 'os' });
  await fill(engine, 100);
  t.true((await engine.ask({ type: 'MinorCompact' })).compacted);
  await fill(engine, 100);
  t.true((await engine.ask({ type: 'MajorCompaction' })).compacted);
  await engine.ask({ type: 'GarbageCollect' });
  // Only the tidying up of what is left over is put off; no answer waited for it.
  t.deepEqual(
    asked.filter((ms) => ms !== TIDY_MS),
    [],
  );
  await engine.close();
});

test('a request that is taken over by the running job beside it does not wait for a tick', async (t) => {
  const { runtime } = withoutTimers();
  const engine = await open('memory', { storage: 'memory', runtime, compactors: 1 });
  await fill(engine, 500);
  const reports = await Promise.all([
    engine.ask({ type: 'MajorCompaction' }),
    engine.ask({ type: 'MinorCompact' }),
    engine.ask({ type: 'GarbageCollect' }),
    engine.ask({ type: 'MajorCompaction' }),
    engine.ask({ type: 'DeleteBlob', blobId: 3 }),
  ]);
  t.deepEqual(
    reports.map(({ type }) => type),
    ['MajorCompaction', 'MinorCompact', 'GarbageCollect', 'MajorCompaction', 'DeleteBlob'],
  );
  await engine.close();
});
