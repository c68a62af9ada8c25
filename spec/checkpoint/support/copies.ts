import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Engine, type Files, nodeRuntime, type OpenOptions, open, type Runtime } from '../../../index.ts';
import { TINY, tempDirectory } from '../../support/engines.ts';

/** Where a checkpoint can go, in a directory of its own: nothing is there yet. */
export async function freshTarget(t: ExecutionContext): Promise<string> {
  return join(await tempDirectory(t), 'copy');
}

/** What stands beside a target, itself included. */
export function beside(target: string): Promise<string[]> {
  return readdir(dirname(target));
}

/** Opens a copy, which must be there, and gives what is asked of it. */
export async function inCopy<T>(location: string, ask: (copy: Engine) => T | Promise<T>, options: OpenOptions = TINY): Promise<T> {
  await using copy = await open(location, { ...options, createIfMissing: false });
  return await ask(copy);
}

/** So many bytes that no compression makes smaller, the same each time. */
export function noise(bytes: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let state = seed;
  for (let at = 0; at < words.length; at++) words[at] = state = (Math.imul(state, 1664525) + 1013904223 + at) >>> 0;
  return new Uint8Array(words.buffer, 0, bytes);
}

/** A runtime in which a copy can be made to stand still at its next block. The engine's jobs must be in threads. */
export class Brake {
  readonly runtime: Runtime;
  /** The next one who takes a turn waits for this. */
  #next: { readonly reached: PromiseWithResolvers<void>; readonly held: PromiseWithResolvers<void> } | undefined;
  #held: PromiseWithResolvers<void> | undefined;
  #ticks = 0;

  constructor() {
    const real = nodeRuntime();
    this.runtime = {
      ...real,
      // So much later at every look that it is time for a turn.
      clock: { ...real.clock, now: () => (this.#ticks += 10) },
      turn: () => this.#take() ?? real.turn(),
    };
  }

  /** Resolves when it stands still. */
  hold(): Promise<void> {
    this.#next = { reached: Promise.withResolvers(), held: Promise.withResolvers() };
    this.#held = this.#next.held;
    return this.#next.reached.promise;
  }

  release(): void {
    this.#held?.resolve();
  }

  #take(): Promise<void> | undefined {
    const next = this.#next;
    this.#next = undefined;
    next?.reached.resolve();
    return next?.held.promise;
  }
}

/** A runtime that says at every look at files, and at every turn, that it is there: the copy is somewhere else each time. */
export function watched(onPoint: () => void): Runtime {
  const real = nodeRuntime();
  const noted =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      onPoint();
      return call(...args);
    };
  let ticks = 0;
  const files: Files = {
    ...real.files,
    exists: noted(real.files.exists),
    realPath: noted(real.files.realPath),
    freeBytes: noted(real.files.freeBytes),
    makeDirectory: noted(real.files.makeDirectory),
    replace: noted(real.files.replace),
    moveDirectory: noted(real.files.moveDirectory),
  };
  return { ...real, files, clock: { ...real.clock, now: () => (ticks += 10) }, turn: noted(real.turn) };
}
