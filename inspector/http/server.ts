import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { messageOf } from '../../protocol/errors.ts';
import { refuse } from './answer.ts';
import { Connections } from './connections.ts';
import { admit, isRefusal, NOT_FOUND, type Refusal } from './gate.ts';
import { Secret } from './secret.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly handle: (exchange: Exchange) => Promise<void> | void;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** An answer of which nothing is taken for so long is given up. */
  readonly patienceMs: number;
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
const LAST_WORDS_MS = 200;
/** An answer is kept for who takes none of it for so long, and its connection with it. */
const PATIENCE_MS = 30_000;

const AHEAD: Refusal = { status: 503, reason: 'One request at a time.' };

/** A server for this machine, and for those on it who know its secret. It never holds the process open. */
export class LocalServer {
  #routes: ReadonlyMap<string, Route>;
  readonly #secret = new Secret();
  readonly #server: Server;
  readonly #patienceMs: number;
  readonly #connections = new Connections();
  /** Those whose last answer is under way. */
  readonly #refused = new WeakSet<Socket>();
  #closed: Promise<void> | undefined;

  constructor(routes: ReadonlyMap<string, Route>, patienceMs = PATIENCE_MS) {
    this.#routes = routes;
    this.#patienceMs = patienceMs;
    this.#server = createServer(LIMITS, (request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => this.#connections.enter(socket.unref()));
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
        // Who keeps a closed server does not keep what it showed.
        this.#routes = new Map();
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
    // Thousands of requests may stand in one packet, and each would cost an answer.
    if (this.#refused.has(request.socket)) return void request.socket.destroy();
    // From here on the answer is whole, and waits only for being taken.
    response.once('prefinish', () => response.setTimeout(this.#patienceMs));
    try {
      await this.#route(request, response, isWaiting);
    } catch (error) {
      // Half of an answer must not look like one.
      if (response.headersSent) response.destroy();
      else refuse(response, 500, messageOf(error));
    }
  }

  /** `isWaiting`: the client sends its body when it is told to go on. */
  async #route(request: IncomingMessage, response: ServerResponse, isWaiting: boolean): Promise<void> {
    const wanted = admit(request, { port: this.port, isSecret: (guess) => this.#secret.is(guess) });
    if (isRefusal(wanted)) return this.#refuse(request, response, wanted);
    this.#connections.know(request.socket);
    const route = this.#routes.get(wanted.name);
    if (route === undefined) return this.#refuse(request, response, NOT_FOUND);
    if (route.method !== request.method) return this.#refuse(request, response, onlyBy(route), { allow: route.method });
    // Sent ahead of the last answer, as no browser does: it would be worked for now, and its answer kept.
    if (response.socket === null) return this.#refuse(request, response, AHEAD);
    if (isWaiting) response.writeContinue();
    await route.handle({ request, response, query: wanted.query, patienceMs: this.#patienceMs });
  }

  #refuse({ socket }: IncomingMessage, response: ServerResponse, { status, reason }: Refusal, headers?: OutgoingHttpHeaders): void {
    this.#refused.add(socket);
    refuse(response, status, reason, headers);
  }
}

function onlyBy({ method }: Route): Refusal {
  return { status: 405, reason: `Only ${method}.` };
}
