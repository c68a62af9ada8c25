import { type ActorRefFrom, createActor, fromTransition } from 'xstate';
import { type Engine, persist, persisted } from '../../index.ts';
import { inFlight, measure } from '../measure.ts';
import type { Context, Workload } from './workload.ts';

/** As many as share a commit when all of them have something to say. */
const MANY = 1000;
const ADD = { type: 'add', by: 1 } as const;
const EVENT_BYTES = JSON.stringify(ADD).length;
const counter = fromTransition((sum: number, { by }: { type: 'add'; by: number }) => sum + by, 0);

/** Events of actors that persist themselves, each awaited by its sender: of one actor, and of many at once. */
export const persistedActors: Workload = {
  name: 'persist',
  rows: ['persist 1', `persist ${MANY}`],
  durabilities: ['fsync', 'os'],
  subjects: ['lithify'],
  async run({ sizes: { entries, limitMs }, openEngine, report, wants }: Context) {
    const engine = await openEngine();
    for (const lanes of [1, MANY]) {
      if (!wants(`persist ${lanes}`)) continue;
      const actors = await started(engine, lanes);
      let sent = 0;
      const measured = await measure(async () => {
        sent = await inFlight({ lanes, count: Math.max(entries, lanes), limitMs }, (n) => persisted(actors[n % lanes]).send(ADD));
        return sent;
      });
      expectSum(actors, sent);
      report(`persist ${lanes}`, measured, EVENT_BYTES);
    }
    await engine.close();
  },
};

type Counter = ActorRefFrom<typeof counter>;

async function started(engine: Engine, count: number): Promise<Counter[]> {
  const actors = Array.from({ length: count }, (_, i) => createActor(persist(counter, { engine, id: `${count}-${i}` })).start());
  await Promise.all(actors.map((actor) => persisted(actor).settled()));
  // What persist() makes has the counter's snapshots and events.
  return actors as unknown as Counter[];
}

function expectSum(actors: readonly Counter[], expected: number): void {
  const sum = actors.reduce((all, actor) => all + actor.getSnapshot().context, 0);
  if (sum !== expected) throw new Error(`Of ${expected} acknowledged events the actors have counted ${sum}.`);
}
