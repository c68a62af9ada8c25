import type { AnyActorRef, AnyEventObject, Snapshot } from 'xstate';
import { LithifyError } from '../../protocol/errors.ts';

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** What XState's types do not have of an actor: 0 not started, 1 running, 2 stopped. */
type Processing = AnyActorRef & { readonly _processingStatus?: number };

const STOPPED = 2;

/** Who waits for which event of an actor, and for all of them. */
export class Sends {
  readonly #id: string;
  readonly #ref: AnyActorRef;
  readonly #sent = new Map<AnyEventObject, Waiting<Snapshot<unknown>>>();
  readonly #untils: (Waiting<void> & { readonly count: number })[] = [];
  /** Its start is the first thing that an actor has to get done. */
  #arrived = 1;
  #handled = 0;
  #end: { readonly error: unknown } | undefined;

  constructor(id: string, ref: AnyActorRef) {
    this.#id = id;
    this.#ref = ref;
  }

  send(event: AnyEventObject): Promise<Snapshot<unknown>> {
    this.#look();
    if (this.#end !== undefined) return Promise.reject(this.#end.error);
    // The same object may be sent again before it has been taken in.
    const own = { ...event };
    return new Promise((resolve, reject) => {
      this.#sent.set(own, { resolve, reject });
      this.#ref.send(own);
    });
  }

  /** Resolves when everything that has arrived is done with. */
  settled(): Promise<void> {
    this.#look();
    if (this.#end !== undefined) return Promise.reject(this.#end.error);
    if (this.#handled === this.#arrived) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#untils.push({ resolve, reject, count: this.#arrived });
    return promise;
  }

  arrived(): void {
    this.#arrived++;
  }

  /** The oldest of those that arrived is done with. */
  handled(): void {
    this.#handled++;
    while (this.#untils[0] !== undefined && this.#untils[0].count <= this.#handled) this.#untils.shift()?.resolve();
  }

  settle(event: AnyEventObject, snapshot: Snapshot<unknown>): void {
    this.#sent.get(event)?.resolve(snapshot);
    this.#sent.delete(event);
  }

  /** false: nobody waits for it. */
  refuse(event: AnyEventObject, error: unknown): boolean {
    this.#sent.get(event)?.reject(error);
    return this.#sent.delete(event);
  }

  /** The actor takes in no more. */
  end(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const { reject } of this.#sent.values()) reject(error);
    for (const { reject } of this.#untils.splice(0)) reject(error);
    this.#sent.clear();
  }

  /** XState tells nobody when it stops an actor that was not started. */
  #look(): void {
    if ((this.#ref as Processing)._processingStatus === STOPPED) this.end(over(this.#id, 'was stopped'));
  }
}

/** Of what an actor will not do any more. `how`: 'was stopped', 'is done'. */
export function over(id: string, how: string): LithifyError {
  return new LithifyError('LITHIFY_ABORTED', `Actor '${id}' ${how}.`, { details: { id } });
}
