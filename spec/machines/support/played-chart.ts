import { type AnyActorLogic, type AnyStateMachine, fromCallback, fromPromise, StateMachine } from 'xstate';
import { LithifyError } from '../../../protocol/errors.ts';
import type { ChartCase } from './chart-case.ts';
import { isPlaceholder } from './chart-walk.ts';
import type { Stage } from './stage.ts';

/** The event that makes any played chart break, as a defect would. */
export const BREAK = 'Break';

type Named = Readonly<Record<string, unknown>>;

/**
 * A chart, and the charts under it, with everything that they would be given played by the stage that is on: what they
 * invoke, and every action and guard that is only a placeholder. Made once for many stages, one after another.
 */
export class PlayedChart {
  readonly logic: AnyActorLogic;
  stage: Stage | undefined;
  readonly #standing: readonly string[];

  constructor({ machine, standing = [] }: ChartCase) {
    this.#standing = standing;
    this.logic = this.#played(machine);
  }

  get #on(): Stage {
    if (this.stage === undefined) throw new Error('no stage is on');
    return this.stage;
  }

  #played(machine: AnyStateMachine): AnyActorLogic {
    const { actors, actions, guards } = machine.implementations as { actors: Named; actions: Named; guards: Named };
    const provided = machine.provide({
      actors: Object.fromEntries(Object.entries(actors).map(([src, logic]) => [src, this.#actor(machine.id, src, logic)])),
      actions: Object.fromEntries(
        placeholdersIn(actions).map((name) => [
          name,
          (args: object, params: unknown) => this.#on.world.hears?.(name, { ...args, params } as never),
        ]),
      ),
      guards: Object.fromEntries(placeholdersIn(guards).map((name) => [name, () => this.#on.world.guards?.[name]?.() === true])),
    });
    return breakable(provided);
  }

  #actor(owner: string, src: string, logic: unknown): AnyActorLogic {
    if (logic instanceof StateMachine) return this.#played(logic);
    return this.#standing.includes(src) ? this.#callback(owner, src) : this.#promise(owner, src);
  }

  #promise(owner: string, src: string): AnyActorLogic {
    return fromPromise(({ input, signal }) => {
      const stage = this.#on;
      const one = stage.begin(owner, src, input);
      signal.addEventListener('abort', () => stage.leave(one));
      return one.settled.promise;
    });
  }

  #callback(owner: string, src: string): AnyActorLogic {
    return fromCallback(({ input }) => {
      const stage = this.#on;
      const one = stage.begin(owner, src, input);
      return () => void stage.running.delete(one);
    });
  }
}

function placeholdersIn(implementations: Named): string[] {
  return Object.keys(implementations).filter((name) => isPlaceholder(implementations[name]));
}

function breakable(machine: AnyStateMachine): AnyActorLogic {
  return Object.assign(Object.create(machine) as AnyStateMachine, {
    transition: (...[snapshot, event, scope]: Parameters<AnyStateMachine['transition']>) => {
      if (event.type === BREAK) throw new LithifyError('LITHIFY_INTERNAL', 'a defect');
      return machine.transition(snapshot, event, scope);
    },
  });
}
