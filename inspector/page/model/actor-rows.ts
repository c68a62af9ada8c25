import type { ActorInfo } from '../../../protocol/inspection.ts';

export interface ActorRow {
  readonly actor: ActorInfo;
  /** 0: the root. */
  readonly depth: number;
  /** Its own name, without its parent's. */
  readonly name: string;
}

/** The tree from top to bottom, children below their parents. An actor whose parent is gone stands at the root. */
export function actorRows(actors: readonly ActorInfo[]): ActorRow[] {
  const ids = new Set(actors.map(({ id }) => id));
  const children = Map.groupBy(actors, ({ parent }) => (parent !== undefined && ids.has(parent) ? parent : undefined));
  const rows: ActorRow[] = [];
  const walk = (parent: string | undefined, depth: number): void => {
    for (const actor of children.get(parent) ?? []) {
      rows.push({ actor, depth, name: ownName(actor.id, parent) });
      if (actor.id !== parent) walk(actor.id, depth + 1);
    }
  };
  walk(undefined, 0);
  return rows;
}

function ownName(id: string, parent: string | undefined): string {
  return parent !== undefined && id.startsWith(`${parent}/`) ? id.slice(parent.length + 1) : id;
}

/** The innermost state of each parallel branch: what an actor is doing, in a word or two. */
export function innermost(states: readonly string[]): string[] {
  return states.filter((state) => !states.some((other) => other.startsWith(`${state}.`)));
}
