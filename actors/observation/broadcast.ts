import type { EngineEvent } from '../../protocol/events.ts';
import type { Publisher, Runtime } from '../../protocol/runtime.ts';

/** Publishes every event on 'lithify:event' and on a channel of its type. Costs two questions an event while nobody listens. */
export class Broadcast {
  readonly #channel: Runtime['channel'];
  readonly #all: Publisher | undefined;
  readonly #byType = new Map<EngineEvent['type'], Publisher>();
  #location: string;

  constructor({ channel }: Pick<Runtime, 'channel'>, location: string) {
    this.#channel = channel;
    this.#all = channel?.('lithify:event');
    this.#location = location;
  }

  publish(event: EngineEvent): void {
    // From then on as the engine itself calls it, whatever it was opened by.
    if (event.type === 'opened') this.#location = event.location;
    const ofType = this.#of(event.type);
    if (this.#all?.hasSubscribers !== true && ofType?.hasSubscribers !== true) return;
    const message = { location: this.#location, event };
    this.#all?.publish(message);
    ofType?.publish(message);
  }

  #of(type: EngineEvent['type']): Publisher | undefined {
    const known = this.#byType.get(type);
    if (known !== undefined) return known;
    const made = this.#channel?.(`lithify:${type}`);
    if (made !== undefined) this.#byType.set(type, made);
    return made;
  }
}
