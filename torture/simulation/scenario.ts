import { type Engine, type EngineEvent, keyBasedRetention, type OpenOptions } from '../../index.ts';
import type { CrashKind, FaultRule, Life, Scenario, Simulation } from '../../testing/index.ts';
import { TOPICS } from './draws.ts';
import type { Model } from './model.ts';
import { isCoded, Player } from './player.ts';
import { groupsOf, keysOf, shownBy } from './reading.ts';
import { checkBlobs } from './store-after.ts';
import type { Write } from './writes.ts';

/** So small that a few hundred calls make several tables on several levels, and several passes over a topic. */
export const SMALL: OpenOptions = {
  memtableBytes: 4096,
  memoryBytes: 64 * 1024,
  blockBytes: 128,
  tableBytes: 512,
  sliceBytes: 1024,
  cacheBytes: 2048,
  minorTrigger: 2,
};
/** Room for fewer keys than there are: a run takes several passes. */
const RETAINED_KEYS = 3;

export interface Played {
  readonly model: Model;
  /** Reads and snapshots that were compared with the model. */
  checks: number;
  crashes: number;
}

export interface Plot {
  readonly lives: number;
  /** Calls and questions a life. */
  readonly things: number;
  readonly options?: OpenOptions;
  /** Drawn anew for each life. */
  readonly faults?: (simulation: Simulation) => FaultRule[];
  /** How likely a life ends in a crash. */
  readonly crashes?: number;
  /** Gets what took place: `flush`, `major`, `pass 2`, `collected`. */
  readonly seen?: Set<string>;
}

/** Lives one after the other over one store; after each the store is compared with what the model knows. */
export function usage({ lives, things, options = {}, faults, crashes = 0, seen = new Set() }: Plot, played: Played): Scenario {
  return async (simulation) => {
    for (let life = 0; life < lives; life++) {
      const kind: CrashKind = simulation.random.chance(0.5) ? 'power' : 'process';
      const dies = simulation.random.chance(crashes);
      const disarm = (faults?.(simulation) ?? []).map((rule) => simulation.rules.add(rule));
      const ended = await simulation.life((one) => live(one, simulation, { things, options, dies, kind, seen }, played));
      for (const end of disarm) end();
      if (ended === 'crashed') played.crashes++;
      await settled(simulation, { ...SMALL, ...options }, played, ended === 'crashed' ? kind : 'process');
    }
  };
}

interface Span {
  readonly things: number;
  readonly options: OpenOptions;
  readonly dies: boolean;
  readonly kind: CrashKind;
  readonly seen: Set<string>;
}

async function live(life: Life, simulation: Simulation, { things, options, dies, kind, seen }: Span, played: Played): Promise<void> {
  const { random, rules } = simulation;
  const before = rules.struck;
  if (dies) simulation.crashAfter(random.below(things * 12), kind);
  const mayFail = () => rules.struck > before;
  const engine = await opened(life, options, mayFail);
  if (engine === undefined) return;
  engine.events$.subscribe((event) => seen.add(nameOf(event)));
  const player = new Player(engine, { random, model: played.model, mayFail });
  try {
    await player.play(things);
    await player.end();
  } finally {
    played.checks += player.checks;
  }
  await engine.close();
}

function nameOf(event: EngineEvent): string {
  if (event.type === 'compacted') return event.kind;
  return event.type === 'logPass' ? `pass ${event.pass}` : event.type;
}

/** undefined: something was made to fail. The store is none the worse for it. */
async function opened(life: Life, options: OpenOptions, mayFail: () => boolean): Promise<Engine | undefined> {
  let engine: Engine | undefined;
  try {
    engine = await life.open({ ...SMALL, ...options });
    await makeTopics(engine);
    return engine;
  } catch (error) {
    if (!mayFail() || !isCoded(error)) throw error;
    await engine?.close();
    return undefined;
  }
}

/** Opens the store without any faults, compares it with the model, brings it to rest, and looks at what is left. */
async function settled(simulation: Simulation, options: OpenOptions, played: Played, kind: CrashKind): Promise<void> {
  const { rules } = simulation;
  rules.pause(true);
  await simulation.life(async (life) => {
    const engine = await life.open(options);
    await compare(engine, played.model, (write) => kind === 'process' || write.synced || options.durability !== 'os');
    await rest(engine, simulation);
    await engine.close();
  });
  rules.pause(false);
  await checkBlobs(simulation.disk);
}

/** Throws when the store shows what it may not; from then on the model knows what it shows. */
export async function compare(engine: Engine, model: Model, survives: (write: Write) => boolean): Promise<void> {
  const floor = model.floorOf(survives);
  const content = await keysOf(engine);
  const keys = model.checkKeys(content, floor);
  const shown = new Map<string, Awaited<ReturnType<typeof shownBy>>>();
  const reaches = new Map<string, { least: number; most: number }>();
  for (const name of Object.values(TOPICS)) {
    const found = await shownBy(engine, name);
    shown.set(name, found);
    reaches.set(name, model.checkTopic(name, found, floor, name === TOPICS.compacted));
  }
  model.checkWhole(keys, reaches);
  const groups = groupsOf(engine, TOPICS.plain);
  model.checkGroups(groups, floor);
  model.settle(content, shown, groups);
  const { damage } = await engine.verify();
  if (damage.length > 0) throw new Error(`verify finds damage: ${JSON.stringify(damage[0])}`);
}

/** The store takes new writes, and shows them beside the old. */
export async function goesOn(engine: Engine, model: Model): Promise<void> {
  await makeTopics(engine);
  for (let i = 0; i < 3; i++) {
    const write = model.call(
      [{ type: 'put', key: `k00${i}`, value: `after ${i}` }],
      [{ topic: TOPICS.plain, key: i, value: `after ${i}` }],
    );
    const offsets = await engine.write((tx) => {
      tx.put(`k00${i}`, `after ${i}`);
      tx.produce(TOPICS.plain, { key: BigInt(i), value: `after ${i}` });
    });
    model.acknowledge(write, offsets);
  }
  await engine.ask({ type: 'MinorCompact' });
  await compare(engine, model, () => true);
}

/** Both are there before anything is written to them: a call that must make one first may be overtaken. */
export async function makeTopics(engine: Engine): Promise<void> {
  await engine.topic(TOPICS.plain).make();
  const compacted = await engine.topic(TOPICS.compacted).make();
  compacted.register({ strategy: keyBasedRetention(RETAINED_KEYS), compactionThreshold: 512, minDirtyRatio: 0.3 });
}

/** Until nothing runs and nothing waits. */
export async function rest(engine: Engine, { scheduler }: Simulation): Promise<void> {
  for (;;) {
    await engine.ask({ type: 'GarbageCollect' });
    // An idle engine answers at once; what is not idle needs its steps.
    await scheduler.step('coming to rest');
    const { mailbox, memtables, garbage } = engine.stats();
    const waiting = Object.values(mailbox.byType).reduce((sum, count) => sum + count, 0);
    if (mailbox.running + waiting + memtables.sealed.length + garbage.blobs === 0) return;
  }
}
