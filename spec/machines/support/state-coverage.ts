import { type ChartCase, ENDS, type End } from './chart-case.ts';
import { handlersIn, invokesUnder, leafStatesIn, timersUnder } from './chart-walk.ts';
import { make, movesOf, rest, stop } from './moves.ts';
import { PlayedChart } from './played-chart.ts';
import { Stage } from './stage.ts';
import { brokenIn, situationOf, unrestedIn } from './verdicts.ts';

export interface Coverage {
  /** Everything that is wrong, by name; empty when every state meets every end and stands it. */
  readonly failures: readonly string[];
  /** Leaf states in which the chart can be met by something. */
  readonly states: number;
  /** Leaf states that only pass on to another. */
  readonly passing: number;
  /** Leaf states and ends that met. */
  readonly pairs: number;
  /** States told apart by what is going on round them. */
  readonly situations: number;
  /** Situations and moves that were tried. */
  readonly moves: number;
}

/**
 * Finds every situation of a chart by making every possible move from its first one, breadth first; in each, makes every
 * move once more and looks whether the chart stands it: nothing breaks, it comes to rest, nothing is left running or
 * unanswered, and it can be stopped.
 */
export async function coverageOf(chartCase: ChartCase): Promise<Coverage> {
  const search = new Search(chartCase);
  await search.run();
  return search.result();
}

class Search {
  readonly #case: ChartCase;
  readonly #played: PlayedChart;
  readonly #paths = new Map<string, readonly string[]>();
  readonly #failures = new Set<string>();
  readonly #met = new Map<string, Set<End>>();
  readonly #visited = new Set<string>();
  readonly #received = new Set<string>();
  /** Moves after which it has to end by itself. */
  readonly #stops = new Set<string>();
  #moves = 0;

  constructor(chartCase: ChartCase) {
    this.#case = chartCase;
    this.#played = new PlayedChart(chartCase);
  }

  async run(): Promise<void> {
    const queue: (readonly string[])[] = [[]];
    this.#paths.set(situationOf(await this.#at([])), []);
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      const from = await this.#at(path);
      for (const { name, end } of movesOf(from)) {
        const next = await this.#try(path, from.leaves, name, end);
        if (next === undefined || this.#paths.has(next) || path.length >= (this.#case.depth ?? 12)) continue;
        this.#paths.set(next, [...path, name]);
        queue.push([...path, name]);
      }
    }
  }

  result(): Coverage {
    const states = leafStatesIn(this.#case.machine);
    const failures = [...this.#unreached(), ...this.#unmet(), ...this.#unheard(), ...this.#failures];
    const pairs = [...this.#met.values()].reduce((sum, ends) => sum + ends.size, 0);
    const passing = states.filter(({ isPassing }) => isPassing).length;
    return { failures, states: states.length - passing, passing, pairs, situations: this.#paths.size, moves: this.#moves };
  }

  #open(): Stage {
    return new Stage(this.#case, this.#played);
  }

  /** A fresh chart, brought there. */
  async #at(path: readonly string[]): Promise<Stage> {
    const stage = this.#open();
    await stage.turn();
    for (const name of path) await make(stage, name);
    return stage;
  }

  /** Makes the move, looks at what comes of it, and returns the situation that it led to. */
  async #try(path: readonly string[], leaves: readonly string[], name: string, end: End | undefined): Promise<string | undefined> {
    const where = `${leaves.join(' and ')}, after ${path.join(', ') || 'nothing'}: ${name}`;
    const stage = await this.#at(path);
    this.#moves += 1;
    await make(stage, name);
    if (end !== undefined) for (const leaf of leaves) this.#met.set(leaf, (this.#met.get(leaf) ?? new Set()).add(end));
    const found = situationOf(stage);
    this.#fail(where, brokenIn(stage, this.#case));
    await rest(stage);
    if (end === 'stop') this.#stops.add(name);
    const isStopped = [...path, name].some((one) => this.#stops.has(one));
    this.#fail(`${where}, then rest`, unrestedIn(stage, isStopped ? this.#case.over : this.#case.rests, this.#case));
    await stop(stage, this.#case.stop);
    this.#fail(`${where}, then ${this.#case.stop}`, unrestedIn(stage, this.#case.over, this.#case));
    for (const leaf of stage.visited) this.#visited.add(leaf);
    for (const type of stage.received) this.#received.add(type);
    return found;
  }

  #fail(where: string, complaints: readonly string[]): void {
    for (const complaint of complaints) this.#failures.add(`${where}: ${complaint}`);
  }

  #unreached(): string[] {
    const known = leafStatesIn(this.#case.machine);
    return known.filter(({ path }) => !this.#visited.has(path)).map(({ path }) => `no path reaches ${path}`);
  }

  /** Nothing comes in while a state only passes on to another. */
  #unmet(): string[] {
    const { machine, always } = this.#case;
    const lasting = leafStatesIn(machine).filter(({ path, isPassing }) => !isPassing && this.#visited.has(path));
    const { endings } = this.#open().world;
    return lasting.flatMap(({ path }) => {
      const invoked = invokesUnder(machine, path).flatMap((src) => endings[src] ?? []);
      const due = new Set<End | undefined>([...always, ...invoked.map(({ end }) => end), timersUnder(machine, path) ? 'abort' : undefined]);
      return ENDS.filter((end) => due.has(end) && !this.#met.get(path)?.has(end)).map((end) => `${path} never meets: ${end}`);
    });
  }

  #unheard(): string[] {
    const handled = new Set(handlersIn(this.#case.machine).map(({ event }) => event));
    const types = [...handled].filter((type) => !type.startsWith('xstate.'));
    return types.filter((type) => !this.#received.has(type)).map((type) => `nothing ever sends ${this.#case.machine.id} a ${type}`);
  }
}
