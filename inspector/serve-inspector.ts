import { readFile } from 'node:fs/promises';
import { bundled } from '../protocol/bundled.ts';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { InspectOptions, Inspector } from '../protocol/inspection.ts';
import { Feed } from './feed/feed.ts';
import { lookoutOf } from './feed/lookout.ts';
import { USUAL_PACE } from './feed/pace.ts';
import type { Bye } from './frames.ts';
import { LocalServer } from './http/server.ts';
import type { Inspected } from './inspected.ts';
import { checkedOptions } from './options.ts';
import { routesOf } from './routes.ts';

export async function serveInspector(engine: Inspected, given: InspectOptions, pace = USUAL_PACE): Promise<Inspector> {
  const { port, host } = checkedOptions(given);
  if (typeof engine?.stats !== 'function') throw noEngine();
  if (isOver(engine)) throw closed();
  const lookout = lookoutOf(engine, pace);
  const hello = { type: 'hello', version: await packageVersion(), location: engine.location, everyMs: lookout.everyMs } as const;
  const feed = new Feed(lookout, hello);
  const server = new LocalServer(await routesOf(engine, feed));
  try {
    await server.listen(port, host);
  } catch (error) {
    throw asLithifyError(error, 'LITHIFY_INVALID_ARGUMENT', unservable(host, port), { option: 'port' });
  }
  return untilClosed(engine, feed, server);
}

function unservable(host: string, port: number): string {
  const what = `The page cannot be served on ${host}, port ${port}`;
  return port === 0 ? what : `${what} (take another one, or 0 for any that is free)`;
}

function untilClosed(engine: Inspected, feed: Feed, server: LocalServer): Inspector {
  const close = (reason: Bye['reason']): Promise<void> => {
    // Its own closing, by whatever way, must not hold an inspector that is long gone.
    queueMicrotask(() => subscription.unsubscribe());
    feed.end(reason);
    return server.close();
  };
  const { url, port } = server;
  const subscription = engine.events$.subscribe({ complete: () => void close('engine closed') });
  return { url, port, close: () => close('inspector closed') };
}

function isOver(engine: Inspected): boolean {
  const { state } = engine.stats();
  return state === 'closing' || state === 'closed';
}

function noEngine(): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', 'inspect takes an open engine first.', { details: { option: 'engine' } });
}

function closed(): LithifyError {
  return new LithifyError('LITHIFY_CLOSED', 'The engine is closed: there is nothing to inspect.');
}

/** By the package's own name, because this file is one folder deeper once it is built. */
async function packageVersion(): Promise<string> {
  try {
    const { version } = JSON.parse(await readFile(new URL(import.meta.resolve('lithify/package.json')), 'utf8'));
    return String(version);
  } catch (error) {
    throw bundled("The package's own package.json", error);
  }
}
