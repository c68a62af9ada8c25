import type { Envelope } from '../protocol/messages.ts';
import type { Publisher, Runtime } from '../protocol/runtime.ts';

/** What every step of one ask is published with: always the same object, so that who listens can keep something in it. */
export interface AskTrace {
  readonly location: string;
  readonly id: string;
  readonly message: Envelope['message'];
  result?: unknown;
  error?: unknown;
}

type Steps = Record<'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error', Publisher>;

/** Asks as a tracing channel, `diagnostics_channel.tracingChannel('lithify.ask')`: published as Node's own `tracePromise` would. */
export class AskTracing {
  readonly #location: () => string;
  readonly #steps: Steps | undefined;

  constructor({ channel }: Pick<Runtime, 'channel'>, location: () => string) {
    this.#location = location;
    const of = (step: keyof Steps) => channel?.(`tracing:lithify.ask:${step}`);
    const [start, end, asyncStart, asyncEnd, error] = [of('start'), of('end'), of('asyncStart'), of('asyncEnd'), of('error')];
    if (start && end && asyncStart && asyncEnd && error) this.#steps = { start, end, asyncStart, asyncEnd, error };
  }

  /** `ask` must not throw but reject. */
  trace<T>({ id, message }: Envelope, ask: () => Promise<T>): Promise<T> {
    const steps = this.#steps;
    if (steps === undefined || !Object.values(steps).some(({ hasSubscribers }) => hasSubscribers)) return ask();
    const trace: AskTrace = { location: this.#location(), id, message };
    return steps.start.run(trace, () => {
      const asked = ask().then(
        (result) => {
          settled(steps, Object.assign(trace, { result }));
          return result;
        },
        (error: unknown) => {
          steps.error.publish(Object.assign(trace, { error }));
          settled(steps, trace);
          throw error;
        },
      );
      steps.end.publish(trace);
      return asked;
    });
  }
}

function settled({ asyncStart, asyncEnd }: Steps, trace: AskTrace): void {
  asyncStart.publish(trace);
  asyncEnd.publish(trace);
}
