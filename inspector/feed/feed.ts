import type { ServerResponse } from 'node:http';
import type { Bye, Hello } from '../frames.ts';
import { safetyHeaders } from '../http/answer.ts';
import { Client } from './client.ts';
import type { Lookout } from './lookout.ts';

const MOST_CLIENTS = 8;

/** The pages of one server. What they are shown is the same for all servers of an engine. */
export class Feed {
  /** Not when it is over: who keeps a closed page does not keep its engine. */
  #lookout: Lookout | undefined;
  readonly #hello: Hello;
  readonly #clients = new Set<Client>();

  constructor(lookout: Lookout, hello: Hello) {
    this.#lookout = lookout;
    this.#hello = hello;
  }

  /** False: there are too many, or it is over. */
  accept(response: ServerResponse): boolean {
    if (response.destroyed) return true;
    if (this.#clients.size >= MOST_CLIENTS || this.#lookout === undefined) return false;
    const client = new Client(response);
    response.once('close', () => this.#leave(client));
    response.writeHead(200, { ...safetyHeaders(), 'content-type': 'text/event-stream', connection: 'close' });
    client.hello(this.#hello);
    this.#clients.add(client);
    this.#lookout.join(client);
    return true;
  }

  /** Says goodbye to everybody; nobody comes any more. */
  end(reason: Bye['reason']): void {
    for (const client of this.#clients) {
      client.bye({ type: 'bye', reason });
      this.#leave(client);
    }
    this.#lookout = undefined;
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    this.#lookout?.leave(client);
  }
}
