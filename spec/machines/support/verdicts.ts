import type { ChartCase } from './chart-case.ts';
import type { Stage } from './stage.ts';

/** What must be so after every step. */
export function brokenIn(stage: Stage, { leaves = [] }: ChartCase): string[] {
  const { ledger } = stage.world;
  const left = [...stage.left].filter((src) => !leaves.includes(src));
  return [
    ...stage.broken.map((error) => `it broke: ${String(error)}`),
    ...left.map((src) => `${src} was left before it had settled`),
    ...ledger.wrong,
    ...(stage.world.complaints?.() ?? []),
  ];
}

/** What must be so when nothing happens any more; `allowed`: where that may be. */
export function unrestedIn(stage: Stage, allowed: readonly string[], chartCase: ChartCase): string[] {
  const { ledger, out = [] } = stage.world;
  const running = [...stage.running].filter(({ src }) => !stage.isStanding(src) || stage.isOver);
  return [
    ...brokenIn(stage, chartCase),
    ...stage.leaves.filter((leaf) => !allowed.includes(leaf)).map((leaf) => `it stays in ${leaf}`),
    ...ledger.open.map((id) => `${id} was never answered`),
    ...out.map((loan) => `${loan} was never given back`),
    ...running.map(({ owner, src }) => `${owner}.${src} still runs`),
    ...(stage.timers.pending > 0 ? ['a timer still runs'] : []),
  ];
}

/** What makes two states of a chart two situations: what runs in them, who waits, what is known. */
export function situationOf(stage: Stage): string {
  const { value, status, context } = stage.subject.getSnapshot() as { value: unknown; status: string; context: object };
  const running = [...stage.running].map(({ owner, src }) => `${owner}.${src}`).toSorted();
  return JSON.stringify([value, status, gist(context), running, stage.timers.pending, stage.world.digest()]);
}

/** What of a context may make a difference: what is there, what is true, how many there are; not what is counted. */
function gist(context: object): [name: string, what: boolean | number][] {
  return Object.entries(context).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === 'number' || typeof value === 'string') return [];
    const what = typeof value === 'boolean' ? value : Array.isArray(value) ? Math.min(2, value.length) : value !== undefined;
    return [[name, what] as [string, boolean | number]];
  });
}
