import type { IncomingHttpHeaders } from 'node:http';

/** Who may come in, as pure decisions over a request's head. */
export interface Gate {
  readonly port: number;
  readonly isSecret: (guess: string) => boolean;
}

export interface Head {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** With every one of those that came more than once. */
  readonly headersDistinct: NodeJS.Dict<string[]>;
}

export interface Refusal {
  readonly status: number;
  /** For people; empty: nothing is said. */
  readonly reason: string;
}

/** What is behind the secret. */
export interface Wanted {
  readonly name: string;
  readonly query: URLSearchParams;
}

/** Nothing is decoded: a name is looked up as it stands, or not found. */
const TARGET = /^\/([^/?#]*)\/([^?#]*)(?:\?(.*))?$/s;
export const NOT_FOUND: Refusal = { status: 404, reason: '' };

/** The secret comes first: who does not have it learns nothing, not even that this is the page of an engine. */
export function admit(head: Head, gate: Gate): Wanted | Refusal {
  const [, secret = '', name = '', query = ''] = TARGET.exec(head.url ?? '') ?? [];
  if (!gate.isSecret(secret)) return NOT_FOUND;
  return refusedFrom(head, gate) ?? { name, query: new URLSearchParams(query) };
}

export function isRefusal(answer: Wanted | Refusal): answer is Refusal {
  return 'status' in answer;
}

/** A page of somebody else's may make a browser send requests here, also under a name of its own that leads to loopback. */
function refusedFrom({ method, headers, headersDistinct }: Head, { port }: Gate): Refusal | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (headersDistinct.host?.length !== 1 || !hostsOf(port).includes(host.toLowerCase())) return forbidden('Host');
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) return forbidden('Origin');
  if (method === 'POST' && origin === undefined) return forbidden('Origin');
  if (site !== undefined && site !== 'same-origin' && (site !== 'none' || method === 'POST')) return forbidden('Sec-Fetch-Site');
  return undefined;
}

function hostsOf(port: number): string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  const withPort = names.map((name) => `${name}:${port}`);
  // Browsers leave the protocol's own port out.
  return port === 80 ? [...withPort, ...names] : withPort;
}

function forbidden(header: string): Refusal {
  return { status: 403, reason: `The header ${header} is not this page's own.` };
}
