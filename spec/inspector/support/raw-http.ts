import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Asked {
  readonly method?: string;
  /** Whole, from the first slash. Default: the page. */
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** As it is given, without anything that a well-behaved client would add or mend. */
export async function ask(url: string, { method = 'GET', path, headers = {}, body }: Asked = {}): Promise<Answered> {
  const { hostname, port, host, pathname } = new URL(url);
  const call = request({
    ...{ host: hostname.replaceAll(/[[\]]/g, ''), port, method, path: path ?? pathname, agent: false, setHost: false },
    headers: { host, ...headers },
  });
  call.end(body);
  const [response] = await once(call, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** A path behind the secret. */
export function behind(url: string, name: string): string {
  return `${new URL(url).pathname}${name}`;
}

/** What the page's own script sends. */
export function posted(url: string, message: unknown, headers: OutgoingHttpHeaders = {}): Asked {
  const own = { origin: new URL(url).origin, 'content-type': 'application/json', ...headers };
  return { method: 'POST', path: behind(url, 'send'), headers: own, body: typeof message === 'string' ? message : JSON.stringify(message) };
}

/** A connection over which bytes can be sent as they are. */
export async function dial(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) });
  await once(socket, 'connect');
  // A server that hangs up is what some specs wait for.
  socket.on('error', () => undefined);
  return socket;
}

/** Everything that comes until the other side hangs up. */
export async function heard(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString();
}
