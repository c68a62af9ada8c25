import test, { type ExecutionContext } from 'ava';
import type { Core } from '../../actors/core.ts';
import { EngineCore } from '../../actors/engine-core.ts';
import { ingest } from '../../actors/ingest.ts';
import { LithifyError, nodeRuntime, open } from '../../index.ts';
import { resolveOptions } from '../../protocol/options.ts';
import { contentOf, TINY, tempDirectory } from '../support/engines.ts';
import { nextEvent } from '../support/next-event.ts';
import { assertNothingLeft, atRest, pairs, slowly } from './support.ts';

const encoder = new TextEncoder();
const KEY = encoder.encode('p0005');

function bytesOf(from: number, to: number) {
  return slowly(pairs(from, to).map(([key, value]) => [encoder.encode(key), encoder.encode(value)] as const));
}

async function openCore(t: ExecutionContext, directory: string): Promise<{ engine: EngineCore; core: Core }> {
  const engine = await EngineCore.open(directory, resolveOptions(TINY), nodeRuntime());
  t.teardown(() => engine.ask({ type: 'Shutdown' }).catch(() => undefined));
  return { engine, core: engine.core };
}

/** The commit of an ingest meets a failing disk. `landed`: what was written is there all the same. */
function failIngests({ store }: Core, how: { landed: boolean; before?: () => Promise<void> }): void {
  const { manifest } = store;
  const commit = manifest.commit.bind(manifest);
  manifest.commit = async (edit) => {
    if (!edit.added.some(({ table }) => table.ingested)) return commit(edit);
    await how.before?.();
    if (how.landed) await commit(edit);
    throw new LithifyError('LITHIFY_BLOB_STORE', 'Injected: the disk says no.');
  };
}

for (const landed of [true, false]) {
  test(`an ingest whose commit failed ${landed ? 'but is on disk has taken place' : 'and is not on disk has not taken place'}, and writing goes on`, async (t) => {
    const directory = await tempDirectory(t);
    const { engine, core } = await openCore(t, directory);
    await core.writer.put(KEY, encoder.encode('before'));
    failIngests(core, { landed });
    const done = ingest(core, bytesOf(0, 300));
    if (landed) t.like(await done, { entries: 300 });
    else await t.throwsAsync(done, { code: 'LITHIFY_BLOB_STORE', message: /Injected/ });
    await core.writer.put(KEY, encoder.encode('after'));
    t.true(core.writer.lastSequence > core.tablet.state.state.lastSequence);
    await engine.ask({ type: 'Shutdown' });
    const again = await open(directory, TINY);
    t.is(await again.kv.get('p0005'), 'after');
    t.is((await contentOf(again)).length, landed ? 300 : 1);
    t.deepEqual((await again.verify()).damage, []);
    await atRest(again);
    await assertNothingLeft(t, again, directory);
  });
}

test('writers wait until it is known how far a failed commit came, and a snapshot from meanwhile does not see it', async (t) => {
  const { core } = await openCore(t, await tempDirectory(t));
  await core.writer.put(KEY, encoder.encode('before'));
  let write: Promise<void> = Promise.resolve();
  let hold = core.snapshots.hold(0, 'spec');
  failIngests(core, {
    landed: true,
    before: async () => {
      write = core.writer.put(KEY, encoder.encode('after'));
      hold = core.snapshots.hold(core.writer.lastSequence, 'spec');
    },
  });
  await ingest(core, bytesOf(0, 300));
  t.true(core.tablet.state.version.levels.flat().every(({ minSeq }) => minSeq > hold.sequence || minSeq === 1));
  await write;
  t.is(core.memtables.active.get(KEY, Number.MAX_SAFE_INTEGER)?.seq, core.writer.lastSequence);
});

test('an engine that is closed before LevelDB is open again says that it does not know', async (t) => {
  const directory = await tempDirectory(t);
  const { engine, core } = await openCore(t, directory);
  const reopen = Promise.withResolvers<never>();
  core.store.reopen = () => reopen.promise;
  failIngests(core, { landed: true });
  const done = ingest(core, bytesOf(0, 300));
  done.catch(() => undefined);
  await nextEvent(engine, 'storageFailed');
  const closed = engine.ask({ type: 'Shutdown' });
  reopen.reject(new LithifyError('LITHIFY_BLOB_STORE', 'Injected: still no.'));
  await closed;
  await t.throwsAsync(done, { code: 'LITHIFY_CLOSED', message: /open it again and look/ });
  const again = await open(directory, TINY);
  t.is((await contentOf(again)).length, 300);
  await again.close();
});
