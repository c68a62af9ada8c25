import type { ActorInfo } from '../../../protocol/inspection.ts';

export interface ActorRow {
  readonly actor: ActorInfo;
  /** 0: the root. */
  readonly depth: number;
  /** Its own name, without its parent's. */
  readonly name: string;
  /** It has children, or is collapsed: jobs come and go, and what hides them stays as it is. */
  readonly isBranch: boolean;
  /** Of a collapsed one every actor below it, at any depth. */
  readonly hides: readonly string[] | undefined;
}

/**
 * The tree from top to bottom, children below their parents, but for those of collapsed actors. An actor whose parent is gone
 * stands at the root.
 */
export function actorRows(actors: readonly ActorInfo[], collapsed: ReadonlySet<string> = new Set()): ActorRow[] {
  const ids = new Set(actors.map(({ id }) => id));
  const children = Map.groupBy(actors, ({ id, parent }) => (parent !== undefined && parent !== id && ids.has(parent) ? parent : undefined));
  const below = (parent: string): string[] => (children.get(parent) ?? []).flatMap(({ id }) => [id, ...below(id)]);
  const rows: ActorRow[] = [];
  const walk = (parent: string | undefined, depth: number): void => {
    for (const actor of children.get(parent) ?? []) {
      const hides = collapsed.has(actor.id) ? below(actor.id) : undefined;
      rows.push({ actor, depth, name: ownName(actor.id, parent), isBranch: hides !== undefined || children.has(actor.id), hides });
      if (hides === undefined) walk(actor.id, depth + 1);
    }
  };
  walk(undefined, 0);
  return rows;
}

/** The row that stands for an actor: its own, or that of the collapsed one which hides it. */
export function rowOf(rows: readonly ActorRow[], id: string): ActorRow | undefined {
  return rows.find(({ actor, hides }) => actor.id === id || hides?.includes(id));
}

function ownName(id: string, parent: string | undefined): string {
  return parent !== undefined && id.startsWith(`${parent}/`) ? id.slice(parent.length + 1) : id;
}

/** The innermost state of each parallel branch: what an actor is doing, in a word or two. */
export function innermost(states: readonly string[]): string[] {
  return states.filter((state) => !states.some((other) => other.startsWith(`${state}.`)));
}
