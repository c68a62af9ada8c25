import { type Engine, open } from '../index.ts';
import { orPlaceFailure } from './file-failure.ts';
import { Interrupt } from './interrupt.ts';

type OpenOptions = NonNullable<Parameters<typeof open>[1]>;
export type Work<T> = (engine: Engine, signal: AbortSignal) => Promise<T>;

/** For commands that only look, and for deleting: a mistyped directory must not become a store. */
export const EXISTING: OpenOptions = { createIfMissing: false };

/** Opens, works, closes; a stop signal ends the work where it stands, and the store is closed all the same. */
export async function withEngine<T>(location: string, options: OpenOptions, work: Work<T>): Promise<T> {
  using interrupt = new Interrupt();
  return await withEngineUntil(interrupt.signal, location, options, work);
}

/** The same under somebody else's signal. */
export async function withEngineUntil<T>(signal: AbortSignal, location: string, options: OpenOptions, work: Work<T>): Promise<T> {
  signal.throwIfAborted();
  const engine = await orPlaceFailure(open(location, options), location, 'open');
  let result: T;
  try {
    result = await unlessAborted(signal, () => work(engine, signal));
  } catch (error) {
    // The first failure is the reason that a user can act on; closing after it is a courtesy.
    await engine.close().catch(() => undefined);
    throw signal.aborted ? signal.reason : error;
  }
  await engine.close();
  return result;
}

/** Does not wait for work that cannot be aborted; closing the engine ends it. */
async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const listener = () => reject(signal.reason);
  signal.addEventListener('abort', listener, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', listener);
  }
}
