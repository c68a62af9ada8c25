import type { AnyActorRef, AnyEventObject, Snapshot } from 'xstate';
import { LithifyError } from '../../protocol/errors.ts';
import { isStopped, relay } from './internals.ts';

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

interface Sent extends Waiting<Snapshot<unknown>> {
  /** The actor that sent it, which is told nothing of what is wrong with it. */
  readonly source: AnyActorRef | undefined;
}

const ofActors = new WeakMap<AnyActorRef, Sends>();

/** undefined: the actor is not kept. */
export function sendsOf(actor: AnyActorRef): Sends | undefined {
  return ofActors.get(actor);
}

/** Who waits for which event of an actor, and for all of them. */
export class Sends {
  readonly #id: string;
  readonly #ref: AnyActorRef;
  readonly #sent = new Map<AnyEventObject, Sent>();
  /** In XState's own mailbox: the actor is not started, or is at work. */
  readonly #coming = new Set<AnyEventObject>();
  readonly #untils: (Waiting<void> & { readonly count: number })[] = [];
  /** Its start is the first thing that an actor has to get done. */
  #arrived = 1;
  #handled = 0;
  #end: { readonly error: unknown } | undefined;

  constructor(id: string, ref: AnyActorRef) {
    this.#id = id;
    this.#ref = ref;
    ofActors.set(ref, this);
  }

  /** Resolves when it is durable. */
  send(event: AnyEventObject, source?: AnyActorRef): Promise<Snapshot<unknown>> {
    this.#look();
    if (this.#end !== undefined) return Promise.reject(this.#end.error);
    // The same object may be sent again before it has been taken in.
    const own = { ...event };
    return new Promise((resolve, reject) => {
      this.#sent.set(own, { resolve, reject, source });
      this.#coming.add(own);
      relay(this.#ref.system, source, this.#ref, own);
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

  /** Of those that somebody waits for: how many have not arrived. */
  get coming(): number {
    this.#look();
    return this.#coming.size;
  }

  arrived(event: AnyEventObject): void {
    this.#coming.delete(event);
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

  /** false: nobody was told. */
  refuse(event: AnyEventObject, error: unknown): boolean {
    const sent = this.#sent.get(event);
    this.#sent.delete(event);
    sent?.reject(error);
    return sent !== undefined && sent.source === undefined;
  }

  /** The actor takes in no more. */
  end(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const { reject } of this.#sent.values()) reject(error);
    for (const { reject } of this.#untils.splice(0)) reject(error);
    this.#sent.clear();
    this.#coming.clear();
  }

  /** XState tells nobody when it stops an actor that was not started. */
  #look(): void {
    if (isStopped(this.#ref)) this.end(over(this.#id, 'was stopped'));
  }
}

/** Of what an actor will not do any more. `how`: 'was stopped', 'is done'. */
export function over(id: string, how: string): LithifyError {
  return new LithifyError('LITHIFY_ABORTED', `Actor '${id}' ${how}.`, { details: { id } });
}
