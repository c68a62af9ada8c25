import type { AnyActorRef } from 'xstate';
import type { ActorInfo } from '../../protocol/inspection.ts';

/** What a chart says of itself for people, by its id and its context; undefined: nothing. */
export type NoteOf = (machine: string, context: unknown) => string | undefined;

/** What of an actor's snapshot is looked at; promises and callbacks have no chart, no value and no children. */
interface Seen {
  readonly status: ActorInfo['status'];
  readonly value?: StateValue;
  readonly machine?: { readonly id: string };
  readonly context?: unknown;
  readonly children?: Readonly<Record<string, AnyActorRef | undefined>>;
}
type StateValue = string | { readonly [state: string]: StateValue | undefined };

/** Every actor below the root that runs, parents before their children; none once the root has stopped. */
export function actorsOf(root: AnyActorRef, noteOf: NoteOf): ActorInfo[] {
  const found: ActorInfo[] = [];
  const seen: Seen = root.getSnapshot();
  if (seen.status === 'active') collect(root, nameOf(root, seen), undefined, { found, noteOf });
  return found;
}

function collect(ref: AnyActorRef, id: string, parent: string | undefined, to: { found: ActorInfo[]; noteOf: NoteOf }): void {
  const seen: Seen = ref.getSnapshot();
  to.found.push(infoOf(seen, id, parent, to.noteOf));
  for (const [key, child] of Object.entries(seen.children ?? {})) {
    // What the whole system knows by this name needs no other; its parent's name would only make it longer.
    if (child !== undefined) collect(child, ref.system.get(key) === child ? key : `${id}/${key}`, id, to);
  }
}

function infoOf({ status, value, machine, context }: Seen, id: string, parent: string | undefined, noteOf: NoteOf): ActorInfo {
  const note = machine && noteOf(machine.id, context);
  return {
    id,
    ...(parent !== undefined && { parent }),
    ...(machine && { machine: machine.id }),
    states: leavesOf(value),
    status,
    ...(note !== undefined && { note }),
  };
}

/** The root has no parent that knows it: it is called as its chart is. */
function nameOf(root: AnyActorRef, { machine }: Seen): string {
  return machine?.id ?? root.id;
}

/** The innermost active states; a parallel state has several. */
export function leavesOf(value: StateValue | undefined, path = ''): string[] {
  if (value === undefined) return path === '' ? [] : [path];
  if (typeof value === 'string') return [dotted(path, value)];
  const inner = Object.entries(value);
  if (inner.length === 0 && path !== '') return [path];
  return inner.flatMap(([state, below]) => leavesOf(below, dotted(path, state)));
}

function dotted(path: string, state: string): string {
  return path === '' ? state : `${path}.${state}`;
}
