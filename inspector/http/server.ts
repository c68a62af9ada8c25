import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../../protocol/errors.ts';
import { refuse } from './answer.ts';
import { admit, isRefusal } from './gate.ts';
import { Secret } from './secret.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly handle: (exchange: Exchange) => Promise<void> | void;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** Against those who open connections and say nothing, or little, or too much. */
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  // Browsers send the cookies of everything else that is served from this machine.
  maxHeaderSize: 16 * 1024,
  // The gate refuses it, with the headers that every answer has.
  requireHostHeader: false,
} as const;
const MOST_CONNECTIONS = 64;
const LAST_WORDS_MS = 200;
/** An answer is kept for who takes none of it for so long, and its connection with it. */
const PATIENCE_MS = 30_000;

/** A server for this machine, and for those on it who know its secret. It never holds the process open. */
export class LocalServer {
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #secret = new Secret();
  readonly #server: Server;
  readonly #patienceMs: number;
  #closed: Promise<void> | undefined;

  constructor(routes: ReadonlyMap<string, Route>, patienceMs = PATIENCE_MS) {
    this.#routes = routes;
    this.#patienceMs = patienceMs;
    this.#server = createServer(LIMITS, (request, response) => void this.#serve(request, response));
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on('connection', (socket) => socket.unref());
    // Node's own answers to what a client expects would come before the gate's, and without our headers.
    this.#server.on('checkContinue', (request, response) => void this.#serve(request, response, true));
    this.#server.on('checkExpectation', (request, response) => void this.#serve(request, response));
    // What is not even HTTP gets no answer.
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Rejects with Node's own error, such as EADDRINUSE. */
  async listen(port: number, host: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ port, host, exclusive: true }, resolve);
    await promise;
    this.#server.off('error', reject).on('error', () => undefined);
    this.#server.unref();
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): string {
    const address = this.#server.address();
    const isSix = typeof address === 'object' && address?.family === 'IPv6';
    return `http://${isSix ? '[::1]' : '127.0.0.1'}:${this.port}/${this.#secret.text}/`;
  }

  /** Answers that are under way have a moment left. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      const end = setTimeout(() => this.#server.closeAllConnections(), LAST_WORDS_MS);
      this.#server.close(() => {
        clearTimeout(end);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
    return this.#closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse, isWaiting = false): Promise<void> {
    // Connections break; there is nobody left to be told.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    // From here on the answer is whole, and waits only for being taken.
    response.once('prefinish', () => response.setTimeout(this.#patienceMs));
    try {
      await this.#route(request, response, isWaiting);
    } catch (error) {
      refuse(response, 500, messageOf(error));
    }
  }

  /** `isWaiting`: the client sends its body when it is told to go on. */
  async #route(request: IncomingMessage, response: ServerResponse, isWaiting: boolean): Promise<void> {
    const wanted = admit(request, { port: this.port, isSecret: (guess) => this.#secret.is(guess) });
    if (isRefusal(wanted)) return refuse(response, wanted.status, wanted.reason);
    const route = this.#routes.get(wanted.name);
    if (route === undefined) return refuse(response, 404, '');
    if (route.method !== request.method) return refuse(response, 405, `Only ${route.method}.`, { allow: route.method });
    // Sent ahead of the last answer, as no browser does: hundreds in one packet would all be answered now, and the answers kept.
    if (response.socket === null) return refuse(response, 503, 'One request at a time.');
    if (isWaiting) response.writeContinue();
    await route.handle({ request, response, query: wanted.query });
  }
}
