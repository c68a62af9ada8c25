import type { ExecutionContext } from 'ava';
import { type AnyActorLogic, type AnyActorRef, assign, createActor, setup } from 'xstate';
import { type Engine, nodeRuntime, type OpenOptions, open, persisted } from '../../../index.ts';
import type { AppendFile, Files } from '../../../protocol/runtime.ts';

/** In memory: what outlives an actor here is the engine. */
export async function memoryEngine(t: ExecutionContext, options: OpenOptions = {}): Promise<Engine> {
  const engine = await open('memory', { storage: 'memory', workers: 0, ...options });
  t.teardown(() => engine.close());
  return engine;
}

/** An actor that is started, whose failure is nobody's crash. */
export function started<TLogic extends AnyActorLogic>(logic: TLogic, options: object = {}) {
  const actor = createActor(logic, options as never);
  actor.subscribe({ error: () => {} });
  return actor.start();
}

/** Nothing of it waits any more, replies of its children included. */
export async function rest(actor: AnyActorRef): Promise<void> {
  const handle = persisted(actor);
  do await handle.settled();
  while (handle.waiting > 0);
}

/** Resolves with the error that ends it. */
export function failure(actor: AnyActorRef): Promise<unknown> {
  return new Promise((resolve) => actor.subscribe({ error: resolve }));
}

export type CounterEvent = { type: 'ADD'; by?: number } | { type: 'TELL' } | { type: 'END' } | { type: 'UNKNOWN' };

/** Counts, tells what it has done, and ends with its count. */
export function counter(ran: string[] = []) {
  return setup({
    types: { context: {} as { count: number }, events: {} as CounterEvent, output: {} as number },
    actions: { tell: ({ context }) => void ran.push(`told ${context.count}`), begin: () => void ran.push('began') },
  }).createMachine({
    id: 'counter',
    context: { count: 0 },
    entry: 'begin',
    initial: 'counting',
    states: {
      counting: {
        on: {
          ADD: { actions: [assign({ count: ({ context, event }) => context.count + (event.by ?? 1) }), 'tell'] },
          TELL: { actions: 'tell' },
          END: 'ended',
        },
      },
      ended: { type: 'final' },
    },
    output: ({ context }) => context.count,
  });
}

/** A store whose log takes nothing while it is held, or refuses everything from a moment on. */
export class GatedEngine {
  readonly engine: Engine;
  readonly #gate: Gate;

  private constructor(engine: Engine, gate: Gate) {
    this.engine = engine;
    this.#gate = gate;
  }

  static async open(t: ExecutionContext): Promise<GatedEngine> {
    const gate = new Gate();
    const real = nodeRuntime();
    const engine = await memoryEngine(t, { runtime: { ...real, memoryFiles: () => gated(real.memoryFiles(), gate) } });
    t.teardown(() => gate.open());
    return new GatedEngine(engine, gate);
  }

  /** Resolves when a write has come to the log. */
  hold(): Promise<void> {
    return this.#gate.hold();
  }

  release(): void {
    this.#gate.open();
  }

  refuse(code: string): void {
    this.#gate.code = code;
  }

  accept(): void {
    this.#gate.code = undefined;
  }
}

class Gate {
  code: string | undefined;
  #held: PromiseWithResolvers<void> | undefined;
  #came: PromiseWithResolvers<void> | undefined;

  hold(): Promise<void> {
    this.#held = Promise.withResolvers();
    this.#came = Promise.withResolvers();
    return this.#came.promise;
  }

  open(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  async pass(): Promise<void> {
    this.#came?.resolve();
    await this.#held?.promise;
    if (this.code !== undefined) throw Object.assign(new Error(`${this.code}: refused`), { code: this.code });
  }
}

function gated(files: Files, gate: Gate): Files {
  const wrapped = (file: AppendFile): AppendFile => ({
    get length() {
      return file.length;
    },
    append: async (bytes, sync) => {
      await gate.pass();
      await file.append(bytes, sync);
    },
    sync: () => file.sync(),
    truncate: (length) => file.truncate(length),
    close: () => file.close(),
  });
  return {
    ...files,
    createAppend: async (path) => wrapped(await files.createAppend(path)),
    openAppend: async (path) => wrapped(await files.openAppend(path)),
  };
}

export async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}
