import type { Bye, Frame, Hello } from '../../frames.ts';
import { type Connection, retryDelay } from './connection.ts';

interface Listener {
  greet(hello: Hello): void;
  apply(frame: Frame): void;
  connection(connection: Connection): void;
}

/** The engine's frames, for as long as somebody looks at the page. */
export class FrameStream {
  readonly #listener: Listener;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #isOver = false;

  constructor(listener: Listener) {
    this.#listener = listener;
    document.addEventListener('visibilitychange', () => this.follow());
  }

  /** Connects or hangs up, as the page is seen or hidden. */
  follow(): void {
    if (this.#isOver) return;
    this.#hangUp();
    if (document.visibilityState === 'hidden') this.#listener.connection({ kind: 'hidden' });
    else this.#connect();
  }

  #connect(): void {
    this.#listener.connection(this.#attempt === 0 ? { kind: 'connecting' } : { kind: 'reconnecting', attempt: this.#attempt });
    const source = new EventSource('events');
    this.#source = source;
    source.addEventListener('hello', ({ data }) => this.#greet(JSON.parse(data)));
    source.addEventListener('frame', ({ data }) => this.#listener.apply(JSON.parse(data)));
    source.addEventListener('bye', ({ data }) => this.#end(JSON.parse(data)));
    source.addEventListener('error', () => this.#tryAgain());
  }

  #greet(hello: Hello): void {
    this.#attempt = 0;
    this.#listener.connection({ kind: 'live' });
    this.#listener.greet(hello);
  }

  #end({ reason }: Bye): void {
    this.#isOver = true;
    this.#hangUp();
    this.#listener.connection({ kind: 'closed', reason });
  }

  /** By itself an EventSource gives up on some answers, and tries every few seconds for ever on others. */
  #tryAgain(): void {
    this.#hangUp();
    this.#attempt++;
    this.#listener.connection({ kind: 'reconnecting', attempt: this.#attempt });
    this.#retry = setTimeout(() => this.#connect(), retryDelay(this.#attempt));
  }

  #hangUp(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }
}
