import type { Snapshot } from 'xstate';
import { LithifyError, messageOf } from '../../protocol/errors.ts';
import { storableError, withoutActors } from './events.ts';

/** A child in a machine's persisted snapshot. */
interface PersistedChild {
  readonly src: unknown;
  readonly snapshot: Snapshot<unknown>;
}

/** What a parent that is kept stores of a child that is kept by itself: where to find it. */
export interface Marker {
  readonly persistedAs: string;
  /** As the parent knew it: of a child that was active then, it must still hear that it is done. */
  readonly status: 'active' | 'done';
  /** Of one that is new: with what it is to begin, if nothing of it was stored. */
  readonly begin?: { readonly input?: unknown };
}

export function markerOf(snapshot: Snapshot<unknown>): Marker | undefined {
  const { persistedAs } = snapshot as Snapshot<unknown> & Partial<Marker>;
  // Nothing else has that name in a snapshot.
  return typeof persistedAs === 'string' ? (snapshot as unknown as Marker) : undefined;
}

export function childrenOf(snapshot: unknown): Readonly<Record<string, unknown>> {
  if (typeof snapshot !== 'object' || snapshot === null || !('children' in snapshot)) return {};
  // XState has them by their names.
  return typeof snapshot.children === 'object' && snapshot.children !== null ? (snapshot.children as Record<string, unknown>) : {};
}

/**
 * A persisted snapshot whose children's errors are data. LITHIFY_INVALID_ARGUMENT: a child has no name by which its
 * logic could be found again.
 */
export function storableSnapshot(snapshot: Snapshot<unknown>): Snapshot<unknown> {
  const { error } = snapshot;
  const plain = error instanceof Error ? { error: storableError(error) } : {};
  return Object.assign({}, withChildren(snapshot, storableChild), plain);
}

/**
 * The same, with these children as they were stored `before`: they have failed since then, and their parent has not taken that in. A
 * failure is no state to come back to; after a restart such a child goes on from there.
 */
export function withoutFailures(snapshot: Snapshot<unknown>, before: unknown, ids: readonly string[]): Snapshot<unknown> {
  if (ids.length === 0) return snapshot;
  const earlier = childrenOf(before);
  // What was stored before has the same form, but XState puts actors back into what it restores from.
  return withChildren(snapshot, (child, id) =>
    ids.includes(id) && id in earlier ? (withoutActors(earlier[id]) as PersistedChild) : child,
  );
}

/** A machine's own persisted snapshot has its children in this form. */
function withChildren(snapshot: Snapshot<unknown>, each: (child: PersistedChild, id: string) => PersistedChild): Snapshot<unknown> {
  const children = Object.entries(childrenOf(snapshot)).map(([id, child]) => [id, each(child as PersistedChild, id)]);
  return children.length === 0 ? snapshot : Object.assign({}, snapshot, { children: Object.fromEntries(children) });
}

function storableChild(child: PersistedChild, id: string): PersistedChild {
  if (typeof child.src === 'string') return { ...child, snapshot: storableSnapshot(child.snapshot) };
  throw new LithifyError(
    'LITHIFY_INVALID_ARGUMENT',
    `Child '${id}' was spawned from a logic itself and could not be made again; name the logic in setup({ actors }) and spawn it by that name.`,
    { details: { child: id } },
  );
}

/** XState leaves out, without a word, a child whose logic the machine has no more. */
export function expectChildren(stored: unknown, restored: unknown): void {
  const found = childrenOf(restored);
  const lost = Object.keys(childrenOf(stored)).find((id) => !(id in found));
  if (lost !== undefined) throw new Error(`the machine has no logic for its child '${lost}'`);
}

export function notRestored(id: string, cause: unknown): LithifyError {
  return new LithifyError(
    'LITHIFY_INVALID_ARGUMENT',
    `Actor '${id}' is stored in a state that its machine cannot be brought back to: ${messageOf(cause)}. Give persist a version and a migrate function.`,
    { cause, details: { id } },
  );
}

export function forgotten(id: string): LithifyError {
  return new LithifyError('LITHIFY_NOT_FOUND', `Nothing is stored of actor '${id}', which its parent has as a child; was it forgotten?`, {
    details: { id },
  });
}
