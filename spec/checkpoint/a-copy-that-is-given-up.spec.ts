import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Engine, nodeRuntime } from '../../index.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { filesIn } from '../support/store-contents.ts';
import { Brake, beside, freshTarget, inCopy, noise, watched } from './support/copies.ts';
import { contentAfter, contentOf, write } from './support/history.ts';

const WRITES = 60;

/** An engine with something in it, whose copies can be held. */
async function held(t: ExecutionContext): Promise<{ engine: Engine; brake: Brake }> {
  const brake = new Brake();
  const engine = await openEngine(t, { ...TINY, workers: 2, runtime: brake.runtime });
  for (let n = 1; n <= WRITES; n++) await write(engine, n);
  await engine.ask({ type: 'MinorCompact' });
  t.teardown(() => brake.release());
  return { engine, brake };
}

test('one that is aborted before it begins does nothing at all', async (t) => {
  const target = await freshTarget(t);
  const engine = await openEngine(t);
  await engine.kv.put('a', '1');
  const reason = new Error('changed my mind');
  const error = await t.throwsAsync(engine.checkpoint(target, { signal: AbortSignal.abort(reason) }), { code: 'LITHIFY_ABORTED' });
  t.is(error?.cause, reason);
  t.deepEqual(await beside(target), []);
  t.is(engine.stats().minors.tables, 0);
});

test('one that is aborted while it waits for the flush lets go at once', async (t) => {
  const target = await freshTarget(t);
  const faults = Faults.create();
  const engine = await openEngine(t, { ...TINY, workers: 2, runtime: nodeRuntime({ startThread: faults.start }) });
  await engine.kv.put('a', '1');
  const controller = new AbortController();
  faults.hold('flush');
  const made = engine.checkpoint(target, { signal: controller.signal });
  await faults.reach('flush', 1);
  controller.abort();
  await t.throwsAsync(made, { code: 'LITHIFY_ABORTED' });
  faults.release('flush');
  t.deepEqual(await beside(target), []);
});

test('one that is aborted in the middle leaves nothing, and the next one is made', async (t) => {
  const target = await freshTarget(t);
  const { engine, brake } = await held(t);
  const controller = new AbortController();
  const reached = brake.hold();
  let progress = 0;
  const onProgress = () => void progress++;
  const made = engine.checkpoint(target, { signal: controller.signal, onProgress });
  await reached;
  t.regex((await beside(target)).join(), /^copy\.partial-\w+$/);
  t.deepEqual(
    engine.stats().leases.map(({ owner }) => owner),
    ['checkpoint'],
  );
  controller.abort();
  brake.release();
  await t.throwsAsync(made, { code: 'LITHIFY_ABORTED' });
  t.is(progress, 0, 'it went on to the end');
  t.deepEqual(await beside(target), []);
  t.deepEqual(engine.stats().leases, []);
  const { location } = await engine.checkpoint(target, { signal: new AbortController().signal });
  t.deepEqual(await inCopy(location, contentOf), contentAfter(WRITES));
});

test('one that is under way when the engine closes ends with LITHIFY_CLOSED and leaves nothing, and so does every later one', async (t) => {
  const target = await freshTarget(t);
  const { engine, brake } = await held(t);
  const reached = brake.hold();
  const made = t.throwsAsync(engine.checkpoint(target), { code: 'LITHIFY_CLOSED' });
  await reached;
  const closing = engine.close();
  await t.throwsAsync(engine.checkpoint(`${target}-2`), { code: 'LITHIFY_CLOSED' });
  for (let turn = 0; turn < 50; turn++) await setImmediate();
  t.is(engine.stats().state, 'open', 'it closes before the copy has let go of it');
  brake.release();
  await Promise.all([made, closing]);
  t.deepEqual(await beside(target), []);
  await t.throwsAsync(engine.checkpoint(target), { code: 'LITHIFY_CLOSED' });
});

test('wherever it is when the engine closes, the copy is whole or not there', async (t) => {
  const outcomes = new Set<string>();
  const { points } = await closedAt(t, Number.POSITIVE_INFINITY);
  t.true(points > 20);
  // Each of the first and the last ones, and some in between.
  const wanted = Array.from({ length: points + 1 }, (_, at) => at).filter((at) => at < 6 || at > points - 4 || at % 10 === 0);
  for (const at of wanted) outcomes.add((await closedAt(t, at)).outcome);
  t.deepEqual([...outcomes].sort(), ['LITHIFY_CLOSED', 'made']);
});

/** What becomes of a copy when the engine is closed at its `at`-th step, and how many steps there were. */
async function closedAt(t: ExecutionContext, at: number): Promise<{ outcome: string; points: number }> {
  const target = await freshTarget(t);
  let points = Number.NaN;
  let closing: Promise<void> | undefined;
  const runtime = watched(() => {
    if (points++ === at) closing = engine.close();
  });
  const engine = await openEngine(t, { ...TINY, workers: 1, compactors: 1, runtime });
  for (let n = 1; n <= 12; n++) await write(engine, n);
  await engine.ask({ type: 'MinorCompact' });
  points = 0;
  const copying = engine.checkpoint(target).then(
    () => 'made',
    ({ code }) => String(code),
  );
  const outcome = await copying;
  await closing;
  if (outcome === 'made') t.deepEqual(await inCopy(target, contentOf), contentAfter(12));
  else t.deepEqual([outcome, await beside(target)], ['LITHIFY_CLOSED', []], `at ${at} of ${points}`);
  return { outcome, points };
}

test('a disk that fills up under it ends it with nothing left, and does the source no harm', async (t) => {
  const target = await freshTarget(t);
  const inner = nodeRuntime().files;
  const replace: typeof inner.replace = (path, bytes) =>
    path.includes('.partial-')
      ? Promise.reject(Object.assign(new Error('ENOSPC: injected'), { code: 'ENOSPC' }))
      : inner.replace(path, bytes);
  const engine = await openEngine(t, { ...TINY, runtime: nodeRuntime({ files: { ...inner, replace } }) });
  await engine.kv.put('a', '1');
  await t.throwsAsync(engine.checkpoint(target), { code: 'LITHIFY_DISK_FULL' });
  t.deepEqual(await beside(target), []);
  await engine.kv.put('b', '2');
  await engine.ask({ type: 'MinorCompact' });
  t.is(engine.stats().state, 'open');
});

test('two at once, and one to the same place, do not disturb each other', async (t) => {
  const root = await tempDirectory(t);
  const { engine } = await held(t);
  await engine.kv.put('noise', Buffer.from(noise(2_000)).toString('latin1'));
  const places = ['one', 'two', 'two'].map((name) =>
    engine.checkpoint(join(root, name)).then(
      () => 'made',
      ({ code }) => code,
    ),
  );
  const [one, ...two] = await Promise.all(places);
  t.is(one, 'made');
  t.deepEqual(two.sort(), ['LITHIFY_EXISTS', 'made']);
  const contents = await Promise.all(['one', 'two'].map((name) => inCopy(join(root, name), contentOf)));
  t.deepEqual(contents[0], contents[1]);
  t.false((await filesIn(root)).some((name) => name.includes('partial')));
});

test('a listener that throws is no reason to have no copy', async (t) => {
  const engine = await openEngine(t);
  await engine.kv.put('a', '1');
  const onProgress = () => {
    throw new Error('the bar broke');
  };
  const { location } = await engine.checkpoint(await freshTarget(t), { onProgress });
  t.is(await inCopy(location, (copy) => copy.kv.get('a')), '1');
});
