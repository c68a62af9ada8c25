import { EventEmitter, once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import type { Bye, Frame, Hello } from '../../../inspector/frames.ts';
import { answer, answerJson, refuse } from '../../../inspector/http/answer.ts';
import { fileAnswer, pageFiles } from '../../../inspector/page-files.ts';

const CHARTS = new URL('../../../inspector/charts/', import.meta.url);

/** The page's files, served as the inspector serves them, and frames that a spec makes up: for what no engine does on demand. */
export class FakeFeed {
  readonly #server = createServer((request, response) => void this.#respond(request, response));
  readonly #clients = new Set<ServerResponse>();
  readonly #news = new EventEmitter();
  #files: ReadonlyMap<string, string> = new Map();
  /** Connections to the stream that there were. */
  connected = 0;

  static async serve(t: ExecutionContext): Promise<FakeFeed> {
    const feed = new FakeFeed();
    feed.#files = await pageFiles();
    await once(feed.#server.listen(0, '127.0.0.1'), 'listening');
    t.teardown(() => feed.close());
    return feed;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Resolves as soon as so many listen, which may be none. */
  async listening(count = 1): Promise<void> {
    while (this.#clients.size !== count) await once(this.#news, 'changed');
  }

  send(event: Hello | Frame | Bye): void {
    for (const client of this.#clients) client.write(eventText(event));
  }

  /** As a network does; who comes again is heard. */
  breakConnections(): void {
    for (const client of this.#clients) client.destroy();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #respond({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = new URL(url, 'http://x').pathname.slice(1) || 'index.html';
    const file = this.#files.get(name);
    if (name === 'events') this.#listen(response);
    else if (name === 'charts') answerJson(response, await charts());
    else if (file === undefined) refuse(response, 404, '');
    else answer(response, await fileAnswer(file));
  }

  #listen(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(eventText({ type: 'hello', version: '0.0.0', location: '/invented/store', everyMs: 1000 }));
    this.#clients.add(response);
    this.connected++;
    this.#news.emit('changed');
    response.once('close', () => {
      this.#clients.delete(response);
      this.#news.emit('changed');
    });
  }
}

function eventText(event: Hello | Frame | Bye): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function charts(): Promise<unknown[]> {
  const names = (await readdir(CHARTS)).filter((name) => name.endsWith('.json'));
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(new URL(name, CHARTS), 'utf8'))));
}
