import type { ServerResponse } from 'node:http';
import { type Answer, safetyHeaders } from './answer.ts';
import type { Exchange } from './server.ts';

type Taker = Pick<Exchange, 'response' | 'patienceMs'>;

/** An answer that is made as it is taken. `next`: undefined ends it. Ends also when the client is gone, or takes nothing for too long. */
export async function answerInSlices(
  { response, patienceMs }: Taker,
  { type, headers }: Pick<Answer, 'type' | 'headers'>,
  next: () => Promise<string | undefined>,
): Promise<void> {
  if (response.destroyed) return;
  response.writeHead(200, { ...safetyHeaders(), 'content-type': type, ...headers });
  while (!response.destroyed) {
    const slice = await next();
    if (slice === undefined) return void response.end();
    if (!response.write(slice)) await taken(response, patienceMs);
  }
}

/** Until it has taken what there is; who does not, in that time, is hung up on. */
async function taken(response: ServerResponse, patienceMs: number): Promise<void> {
  if (response.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const impatience = setTimeout(() => response.destroy(), patienceMs).unref();
  response.once('drain', resolve).once('close', resolve);
  await promise;
  clearTimeout(impatience);
  response.off('drain', resolve).off('close', resolve);
}
