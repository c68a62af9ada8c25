import { concat, defer, EMPTY, of, Subject } from 'rxjs';
import { messageOf } from '../protocol/errors.ts';
import type { EngineEvent } from '../protocol/events.ts';
import type { Logger } from '../protocol/options.ts';

/** The one place where the engine speaks: to subscribers of `events$`, and to the logger if there is one. */
export class EventHub {
  readonly #subject = new Subject<EngineEvent>();
  readonly #logger: Logger | undefined;
  #opened: EngineEvent | undefined;
  readonly events$ = defer(() => concat(this.#opened === undefined ? EMPTY : of(this.#opened), this.#subject));

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  emit(event: EngineEvent): void {
    this.#log(event);
    if (event.type === 'opened') this.#opened = event;
    this.#subject.next(event);
  }

  end(): void {
    this.#subject.complete();
  }

  /** A logger that throws must hurt nothing. */
  #log(event: EngineEvent): void {
    const logger = this.#logger;
    if (logger === undefined) return;
    try {
      if ('error' in event && event.error !== undefined) logger.warn({ ...event, err: event.error }, messageOf(event.error));
      else logger.debug(event, event.type);
    } catch {
      // The event still reaches events$.
    }
  }
}
