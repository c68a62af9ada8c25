import type { End, Ending } from './chart-case.ts';
import type { Stage } from './stage.ts';

/** One thing that can happen to a chart in a situation. */
export interface Move {
  readonly name: string;
  readonly end: End | undefined;
  readonly make: () => void;
}

const STEPS_TO_REST = 300;

/** Everything that can happen now: what is sent, how each thing that runs may end, and time. */
export function movesOf(stage: Stage): Move[] {
  const ends = [...stage.running].flatMap((one) =>
    endingsOf(stage, one.src).map((ending): Move => {
      return { name: `${one.owner}.${one.src} ends: ${ending.name}`, end: ending.end, make: () => stage.end(one, ending) };
    }),
  );
  const sendings = stage.world.sendings().map(({ name, end, send }): Move => ({ name, end, make: send }));
  const time: Move[] = stage.timers.pending > 0 ? [{ name: 'time', end: 'abort', make: () => stage.timers.elapse() }] : [];
  return [...sendings, ...ends, ...time];
}

function endingsOf(stage: Stage, src: string): readonly Ending[] {
  const endings = stage.world.endings[src];
  if (endings === undefined) throw new Error(`nobody has said how ${src} may end`);
  return endings;
}

/** By its name, which is the same in every life of the chart. */
export async function make(stage: Stage, name: string): Promise<void> {
  const move = movesOf(stage).find((one) => one.name === name);
  if (move === undefined) throw new Error(`${name} is not possible in ${stage.leaves.join()}`);
  move.make();
  await stage.turn();
}

/** From here on everything goes well, until nothing happens any more. */
export async function rest(stage: Stage): Promise<void> {
  for (let step = 0; step < STEPS_TO_REST; step++) {
    const one = [...stage.running].find(({ src }) => endingsOf(stage, src).length > 0 && !stage.isStanding(src));
    const next = stage.world.next?.();
    if (one !== undefined) stage.end(one, endingsOf(stage, one.src)[0]);
    else if (next !== undefined) next.send();
    else if (stage.timers.pending > 0) stage.timers.elapse();
    else return;
    await stage.turn();
  }
}

export async function stop(stage: Stage, name: string): Promise<void> {
  if (!stage.isOver) await make(stage, name);
  await rest(stage);
}
