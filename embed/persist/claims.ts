import type { Engine } from '../../kv/engine.ts';
import { LithifyError } from '../../protocol/errors.ts';

/** Who keeps an actor's state. */
export interface Claimant {
  readonly id: string;
  /** It writes no more. */
  readonly hasEnded: boolean;
  /** Settles, never rejecting, when the write that is under way has ended; undefined: there is none. */
  readonly writing: Promise<void> | undefined;
}

/**
 * One store is open in one engine at a time, so it is enough that an engine knows who keeps which id: no write needs to
 * compare and set, which would keep it out of the commit groups of others.
 */
const claims = new WeakMap<Engine, Map<string, Claimant>>();

function claimsOf(engine: Engine): Map<string, Claimant> {
  const known = claims.get(engine) ?? new Map<string, Claimant>();
  claims.set(engine, known);
  return known;
}

/**
 * From now on the id is this one's. Gives what has to be waited for before: the last write of one that was stopped.
 * LITHIFY_CONFLICT: another actor has it.
 */
export function claim(engine: Engine, claimant: Claimant): Promise<void> | undefined {
  const known = claimsOf(engine);
  const holder = known.get(claimant.id);
  if (holder !== undefined && !holder.hasEnded) throw taken(claimant.id);
  known.set(claimant.id, claimant);
  return holder?.writing;
}

export function release(engine: Engine, claimant: Claimant): void {
  const known = claimsOf(engine);
  if (known.get(claimant.id) === claimant && claimant.writing === undefined) known.delete(claimant.id);
}

/** While nobody else can take the id. LITHIFY_CONFLICT: an actor has it. */
export async function withoutActor<T>(engine: Engine, id: string, run: () => Promise<T>): Promise<T> {
  const { promise: writing, resolve } = Promise.withResolvers<void>();
  const claimant = { id, hasEnded: false, writing: undefined as Promise<void> | undefined };
  const before = claim(engine, claimant);
  // One that comes meanwhile waits for it, and looks again at what is there then.
  Object.assign(claimant, { hasEnded: true, writing });
  try {
    await before;
    return await run();
  } finally {
    resolve();
    claimant.writing = undefined;
    release(engine, claimant);
  }
}

function taken(id: string): LithifyError {
  return new LithifyError(
    'LITHIFY_CONFLICT',
    `Actor '${id}' runs already on this engine; stop it before, or give this one an id of its own.`,
    { details: { id } },
  );
}
