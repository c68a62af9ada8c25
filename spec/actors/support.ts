import { MessageChannel } from 'node:worker_threads';
import * as Comlink from 'comlink';
import type { Thread, ThreadEndpoint } from '../../protocol/runtime.ts';
import type { ThreadApi, ThreadSetup } from '../../storage/jobs/thread-api.ts';

export const SETUP: ThreadSetup = {
  location: '/store',
  writeBufferBytes: 1,
  ids: new ArrayBuffer(8),
  epoch: 1,
  permits: new ArrayBuffer(8),
  permitSlot: 1,
};

/** A thread that is none: its API answers in this thread, and it ends when it is told to. */
export class FakeThread implements Thread {
  readonly endpoint: ThreadEndpoint;
  readonly held: boolean[] = [];
  readonly calls: string[] = [];
  /** What a call answers; never, unless said. */
  answer: (call: string, given?: unknown) => Promise<unknown> = () => Promise.resolve({ ok: true, value: undefined });
  readonly #exits: ((reason: Error) => void)[] = [];
  readonly #channel = new MessageChannel();

  constructor() {
    const call = (name: string) => (given?: unknown) => {
      this.calls.push(name);
      return this.answer(name, given);
    };
    // The shape of the API is Comlink's business; what it returns, this fake's.
    Comlink.expose(
      { open: call('open'), run: call('run'), close: call('close') } as unknown as ThreadApi,
      this.#channel.port2 as unknown as Comlink.Endpoint,
    );
    // As with a thread, only its owner's side decides whether it holds the process.
    this.#channel.port2.unref();
    this.endpoint = this.#channel.port1 as unknown as ThreadEndpoint;
  }

  onExit(listener: (reason: Error) => void): void {
    this.#exits.push(listener);
  }

  setHeld(held: boolean): void {
    this.held.push(held);
    if (held) this.#channel.port1.ref();
    else this.#channel.port1.unref();
  }

  async terminate(): Promise<void> {
    this.die('terminated');
  }

  die(why: string): void {
    this.#channel.port1.close();
    for (const exit of this.#exits.splice(0)) exit(new Error(why));
  }
}
