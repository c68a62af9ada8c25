import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Engine, Level, type OpenOptions, open, repair } from '../../index.ts';
import type { Ground, Opened } from './stage.ts';

/** Gives a play the ground it happens on, and clears up behind it. `seed` decides what the ground leaves open. */
export type WithGround = <T>(seed: number, play: (ground: Ground) => Promise<T>) => Promise<T>;

/** How an engine ends and its store comes back: itself, as a checkpoint of it, or as a repair of what was closed. */
export type Return = 'reopened' | 'from a checkpoint' | 'repaired';

/** In directories of this machine, on LevelDB itself. */
export function real(options: OpenOptions, way: Return = 'reopened', openAt = openInDirectory): WithGround {
  return async (_, play) => {
    const root = await mkdtemp(join(tmpdir(), 'lithify-metamorphic-'));
    const returnFrom = (opened: Opened) => comeBack(opened, way, `${opened.engine.location}-copy`);
    try {
      return await play(directoryGround({ openAt: (location) => openAt(location, options), returnFrom, root, pause: turns }));
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  };
}

async function openInDirectory(location: string, options: OpenOptions): Promise<Opened> {
  return openedOf(await open(location, options));
}

/** The engine of a database that was opened by its location. */
export async function openByLevel(location: string, options: OpenOptions): Promise<Opened> {
  const kv = new Level(location, options);
  await kv.open();
  return { engine: kv.engine, kv, close: () => kv.close() };
}

/** A further database on the engine, in place of its own. */
export async function openLevelOnEngine(location: string, options: OpenOptions): Promise<Opened> {
  const engine = await open(location, options);
  const kv = new Level(engine);
  await kv.open();
  return { engine, kv, close: () => engine.close() };
}

/** In this process's memory, which forgets a store that is closed: it stays open where others are opened again. */
export function inMemory(options: OpenOptions): WithGround {
  return (seed, play) =>
    real(options)(seed, (ground) =>
      play({
        ...ground,
        open: async () => openedOf(await open('memory', { ...options, storage: 'memory' })),
        reopen: async (opened) => {
          await opened.engine.topic('settled').unregister();
          return opened;
        },
      }),
    );
}

interface Directories {
  readonly openAt: (location: string) => Promise<Opened>;
  /** Where the store is from now on. */
  readonly returnFrom: (opened: Opened) => Promise<string> | string;
  readonly root: string;
  readonly pause: (ms: number) => Promise<void>;
}

export function directoryGround({ openAt, returnFrom, root, pause }: Directories): Ground {
  let number = 0;
  const newDirectory = () => `${root}/${++number}`;
  return {
    ...{ newDirectory, openCopy: openAt, pause },
    open: () => openAt(newDirectory()),
    reopen: async (opened) => openAt(await returnFrom(opened)),
  };
}

/** Ends the engine. `other`: a directory that is not there, should the store need one. */
export async function comeBack({ engine, close }: Opened, way: Return, other: string): Promise<string> {
  const { location } = engine;
  const copy = way === 'from a checkpoint' ? (await engine.checkpoint(other)).location : location;
  await close();
  return way === 'repaired' ? repaired(location, other) : copy;
}

async function repaired(damaged: string, target: string): Promise<string> {
  const { location, lost, stale, warnings } = await repair(damaged, target);
  if (lost.length + stale.length + warnings.length === 0) return location;
  throw new Error(`The repair of a sound store found ${JSON.stringify([lost, stale, warnings])}`);
}

export function openedOf(engine: Engine): Opened {
  return { engine, kv: engine.kv, close: () => engine.close() };
}

/** Time that is real is not waited for. */
async function turns(ms: number): Promise<void> {
  for (let i = 0; i < ms; i++) await setImmediate();
}
