import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type ActorRefFrom, createActor, waitFor } from 'xstate';
import {
  type Engine,
  type EngineAnswer,
  type EngineLogicInput,
  engineClosed,
  engineLogic,
  nodeRuntime,
  type OpenOptions,
  type Runtime,
} from '../../../index.ts';
import { TINY, tempDirectory } from '../../support/engines.ts';

export type EngineActor = ActorRefFrom<typeof engineLogic>;

/** Where an actor's store can be; at the end of the test nobody has it. */
export async function freshStore(t: ExecutionContext): Promise<string> {
  const location = join(await tempDirectory(t), 'store');
  t.teardown(() => engineClosed(location));
  return location;
}

/** Started, on a store of its own unless said otherwise; stopped when the test has ended. */
export async function startEngine(t: ExecutionContext, given: Partial<EngineLogicInput> = {}): Promise<EngineActor> {
  const location = given.location ?? (await freshStore(t));
  const actor = createActor(engineLogic, { input: { location, options: { ...TINY, ...given.options } } });
  actor.subscribe({ error: () => undefined });
  t.teardown(() => actor.stop());
  return actor.start();
}

export async function opened(actor: EngineActor): Promise<Engine> {
  const { context } = await waitFor(actor, (snapshot) => snapshot.matches('open'));
  if (context.engine === undefined) throw new Error('open without an engine');
  return context.engine;
}

/** The same with a lock of its own, so that nobody else in this process is in its way; counts who was refused there. */
export function ownRuntime(given: Runtime = nodeRuntime()): { runtime: Runtime; refused: () => number } {
  let refused = 0;
  const lock: Runtime['lock'] = async (path) => {
    const release = await given.lock(path);
    if (release === undefined) refused++;
    return release;
  };
  return { runtime: { ...given, lock }, refused: () => refused };
}

/** In memory: nothing of it is ever in another's way. */
export const MEMORY: OpenOptions = { storage: 'memory' };

/** The error that the actor ends with. */
export function failure(actor: EngineActor): Promise<unknown> {
  return new Promise((resolve, reject) => {
    actor.subscribe({ error: resolve, complete: () => reject(new Error('it ended without an error')) });
  });
}

/** Every reply that the actor emits, as it comes. */
export function repliesOf(actor: EngineActor): EngineAnswer[] {
  const replies: EngineAnswer[] = [];
  actor.on('reply', ({ type: _, ...answer }) => void replies.push(answer));
  return replies;
}
