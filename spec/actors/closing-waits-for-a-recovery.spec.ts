import test from 'ava';
import type { ActorRefFrom, InspectionEvent } from 'xstate';
import { LithifyError, nodeRuntime, open } from '../../index.ts';
import type { engineMachine } from '../../machines/engine.ts';

type Root = ActorRefFrom<typeof engineMachine>;

test('a Shutdown in the middle of a recovery leaves nothing open behind the engine', async (t) => {
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const real = nodeRuntime();
  const memoryFiles = () => {
    const files = real.memoryFiles();
    // Opening LevelDB again begins with freeing the reserve, and ends with making it again.
    const remove = async (path: string) => {
      if (!path.endsWith('RESERVE')) return files.remove(path);
      entered.resolve();
      await gate.promise;
      await files.remove(path);
    };
    const exists = (path: string) => {
      order.push('recovered');
      return files.exists(path);
    };
    return { ...files, remove, exists };
  };
  let root: Root | undefined;
  const inspect = (event: unknown) => {
    const { actorRef } = event as InspectionEvent;
    if ('systemId' in actorRef && actorRef.systemId === 'engine') root = actorRef as unknown as Root;
  };
  const engine = await open('memory', { storage: 'memory', inspect, runtime: { ...real, memoryFiles } });
  order.length = 0;
  root?.send({ type: 'StorageFailed', error: new LithifyError('LITHIFY_BLOB_STORE', 'a write failed') });
  await entered.promise;
  const closed = engine.close().then(() => order.push('closed'));
  for (let turns = 0; turns < 20; turns++) await real.turn();
  gate.resolve();
  await closed;
  for (let turns = 0; turns < 20; turns++) await real.turn();
  t.deepEqual(order, ['recovered', 'closed']);
});
