import type { ActorInfo } from '../../../protocol/inspection.ts';

type Actors = ReadonlyMap<string, ActorInfo>;

/** When something below an actor changed last: what a collapsed branch of the tree still tells. */
export class BranchChanges {
  #actors: Actors = new Map();
  readonly #changedAtMs = new Map<string, number>();

  /** Of a frame: its time, the actors if it has them, and whose transitions are in it. */
  apply(atMs: number, given: readonly ActorInfo[] | undefined, moved: readonly string[]): void {
    const before = this.#actors;
    if (given !== undefined) this.#actors = new Map(given.map((actor) => [actor.id, actor]));
    // The first picture of all is no change.
    if (before.size === 0) return;
    const changed = given === undefined ? moved : [...moved, ...differing(before, this.#actors)];
    for (const id of changed) this.#mark(this.#actors.get(id) ?? before.get(id), atMs);
    for (const id of this.#changedAtMs.keys()) if (!this.#actors.has(id)) this.#changedAtMs.delete(id);
  }

  /** Undefined: nothing has changed there since the page has looked. */
  below(id: string): number | undefined {
    return this.#changedAtMs.get(id);
  }

  #mark(actor: ActorInfo | undefined, atMs: number): void {
    const passed = new Set<string>();
    for (let id = actor?.parent; id !== undefined && !passed.has(id); id = this.#actors.get(id)?.parent) {
      passed.add(id);
      this.#changedAtMs.set(id, atMs);
    }
  }
}

/** Those that came, went, or are not what they were. */
function differing(before: Actors, now: Actors): string[] {
  return [...new Set([...before.keys(), ...now.keys()])].filter((id) => saidOf(before.get(id)) !== saidOf(now.get(id)));
}

function saidOf(actor: ActorInfo | undefined): string {
  return actor === undefined ? '' : [actor.status, actor.note, ...actor.states].join('\n');
}
