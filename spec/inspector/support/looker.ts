import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { ExecutionContext } from 'ava';
import type { Bye, Frame, Hello } from '../../../inspector/frames.ts';
import { behind } from './raw-http.ts';

export type Told = Hello | Frame | Bye;

/** A page without a browser: takes server-sent events as they come, and stops taking them when it is told to. */
export class Looker {
  readonly #call: ClientRequest;
  readonly #response: IncomingMessage;
  readonly #events: AsyncGenerator<Told, void>;

  private constructor(call: ClientRequest, response: IncomingMessage) {
    this.#call = call;
    this.#response = response;
    this.#events = eventsOf(response);
  }

  static async open(t: ExecutionContext, url: string): Promise<Looker> {
    const call = request(new URL(behind(url, 'events'), url), { agent: false });
    call.end();
    const [response] = await once(call, 'response');
    call.on('error', () => undefined);
    response.on('error', () => undefined);
    t.teardown(() => call.destroy());
    t.is(response.statusCode, 200);
    return new Looker(call, response);
  }

  get headers(): IncomingMessage['headers'] {
    return this.#response.headers;
  }

  /** undefined: it is over. */
  async next(): Promise<Told | undefined> {
    const { value } = await this.#events.next();
    return value ?? undefined;
  }

  /** The next one that is like this, whatever comes before. */
  async frame(isIt: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      const told = await this.next();
      if (told === undefined || told.type === 'bye') throw new Error('it ended before the frame came');
      if (told.type === 'frame' && isIt(told)) return told;
    }
  }

  /** Everything that still comes. */
  async rest(): Promise<Told[]> {
    const all: Told[] = [];
    for (let told = await this.next(); told !== undefined; told = await this.next()) all.push(told);
    return all;
  }

  leave(): void {
    this.#call.destroy();
  }
}

/** Reads only as fast as somebody wants the next one. */
async function* eventsOf(response: IncomingMessage): AsyncGenerator<Told, void> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, event, data] = /^event: (\w+)\ndata: ([^\n]*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      const told: Told = JSON.parse(data);
      if (told.type !== event) throw new Error(`${event} says that it is ${told.type}`);
      yield told;
    }
  }
}
