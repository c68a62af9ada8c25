import { concat, defer, EMPTY, of, Subject } from 'rxjs';
import type { EngineEvent } from '../protocol/events.ts';
import type { Logger } from '../protocol/options.ts';
import { logEvent } from './event-log.ts';

/** What a part of the engine has made up its mind to, and why; for the flight recorder. */
export interface Decision {
  readonly type: string;
  /** As in ActorInfo.id. */
  readonly actor: string;
  readonly [detail: string]: unknown;
}

/** The one place where the engine speaks: to subscribers of `events$`, and to the logger if there is one. */
export class EventHub {
  readonly #subject = new Subject<EngineEvent>();
  readonly #logger: Logger | undefined;
  #opened: EngineEvent | undefined;
  #onDecision: (decision: Decision) => void = () => {};
  readonly events$ = defer(() => concat(this.#opened === undefined ? EMPTY : of(this.#opened), this.#subject));

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  emit(event: EngineEvent): void {
    if (this.#logger !== undefined) logEvent(this.#logger, event);
    if (event.type === 'opened') this.#opened = event;
    this.#subject.next(event);
  }

  /** Told to the one listener only; too much for `events$`. */
  decide(decision: Decision): void {
    this.#onDecision(decision);
  }

  onDecision(listener: (decision: Decision) => void): void {
    this.#onDecision = listener;
  }

  end(): void {
    this.#subject.complete();
  }
}
