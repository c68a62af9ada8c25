import test from 'ava';
import fc from 'fast-check';
import { assign, createActor, emit, enqueueActions, raise, sendParent, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { persist } from '../../index.ts';
import { memoryEngine, rest } from './support/kept-actors.ts';
import { changes, lived } from './support/lived.ts';

const STATES = ['s0', 's1', 's2'] as const;
const EVENTS = ['A', 'B', 'C', 'ECHO'] as const;
const DOINGS = ['count', 'note', 'raise', 'emit', 'hire', 'fire', 'ask', 'alarm', 'remind'] as const;

/** Of one machine. */
const MOST_RAISES = 100;

type Doing = (typeof DOINGS)[number];
interface Way {
  readonly to?: (typeof STATES)[number] | 'end';
  readonly reenter: boolean;
  readonly ifEven: boolean;
  readonly doings: readonly Doing[];
}
interface Plan {
  readonly ways: readonly (readonly (Way | undefined)[])[];
  readonly entry: readonly (readonly Doing[])[];
  readonly after: readonly (Way | undefined)[];
  readonly invokes: readonly boolean[];
}

const doings = fc.array(fc.constantFrom(...DOINGS), { maxLength: 3 });
const way: fc.Arbitrary<Way> = fc.record(
  { to: fc.constantFrom(...STATES, ...STATES, 'end' as const), reenter: fc.boolean(), ifEven: fc.boolean(), doings },
  { requiredKeys: ['reenter', 'ifEven', 'doings'] },
);
const plan: fc.Arbitrary<Plan> = fc.record({
  ways: fc.array(fc.array(fc.option(way, { nil: undefined, freq: 3 }), { minLength: 4, maxLength: 4 }), { minLength: 3, maxLength: 3 }),
  entry: fc.array(doings, { minLength: 3, maxLength: 3 }),
  after: fc.array(fc.option(way, { nil: undefined }), { minLength: 3, maxLength: 3 }),
  invokes: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
});
const steps = fc.array(fc.oneof(fc.constantFrom(...EVENTS), fc.integer({ min: 1, max: 150 })), { maxLength: 12 });

/** Answers what it is asked, so many times at most, or parent and child would talk for ever; and after a while by itself. */
function childOf(answers: number) {
  let left = answers;
  return setup({ types: { events: {} as { type: 'ASK' } }, guards: { hasAnswer: () => left-- > 0 } }).createMachine({
    initial: 'young',
    states: {
      young: { after: { 70: 'old' }, on: { ASK: { guard: 'hasAnswer', actions: sendParent({ type: 'ECHO' }) } } },
      old: { entry: sendParent({ type: 'ECHO' }) },
    },
  });
}

/** The machine of a plan; whatever it does, it tells. */
function machineOf({ ways, entry, after, invokes }: Plan, told: unknown[]) {
  let raises = MOST_RAISES;
  const frame = setup({
    types: {
      context: {} as { count: number },
      events: {} as { type: (typeof EVENTS)[number] },
      emitted: {} as { type: 'emitted'; count: number },
    },
    actors: { child: childOf(5) },
    guards: { isEven: ({ context }) => context.count % 2 === 0 },
    actions: {
      count: assign({ count: ({ context }) => context.count + 1 }),
      note: ({ context, event }) => void told.push(`${event.type} at ${context.count}`),
      // Raised for ever, and by two of them, an event would never let the machine rest.
      raise: enqueueActions(({ context, enqueue }) => {
        if (raises-- > 0) enqueue.raise({ type: context.count % 3 === 0 ? 'A' : 'B' }, { delay: 40 });
      }),
      emit: emit(({ context }) => ({ type: 'emitted', count: context.count })),
      hire: spawnChild('child', { id: 'hired' }),
      fire: stopChild('hired'),
      ask: sendTo(({ self, system }) => system.get('asked') ?? self, { type: 'ASK' }),
      alarm: raise({ type: 'C' }, { delay: 90, id: 'alarm' }),
      remind: sendTo(({ self, system }) => system.get('asked') ?? self, { type: 'ASK' }, { delay: 50 }),
    },
  });
  const configOf = ({ to, reenter, ifEven, doings }: Way) => ({
    ...(to !== undefined && { target: `#${to}` }),
    ...{ reenter, actions: [...doings] },
    ...(ifEven && { guard: 'isEven' as const }),
  });
  const stateOf = (name: string, at: number) => {
    const on = Object.fromEntries(EVENTS.flatMap((event, i) => (ways[at]?.[i] === undefined ? [] : [[event, configOf(ways[at][i])]])));
    const later = after[at];
    return {
      id: name,
      entry: [...(entry[at] ?? []), 'note' as const],
      exit: ['note' as const],
      on,
      ...(later !== undefined && { after: { 60: configOf(later) } }),
      ...(invokes[at] === true && { invoke: { id: 'invoked', src: 'child' as const, systemId: 'asked' } }),
    };
  };
  const states = Object.fromEntries(STATES.map((name, at) => [name, stateOf(name, at)]));
  return frame.createMachine({ context: { count: 0 }, initial: 's0', states: { ...states, end: { id: 'end', type: 'final' } } });
}

test('a kept actor is seen in the same states and does the same things as a plain one', async (t) => {
  const engine = await memoryEngine(t);
  let id = 0;
  await fc.assert(
    fc.asyncProperty(plan, steps, async (planned, taken) => {
      const plain = await lived((told) => machineOf(planned, told), taken, false);
      const kept = await lived((told) => persist(machineOf(planned, told), { engine, id: `actor ${id++}` }), taken, true);
      t.deepEqual(changes(kept), changes(plain));
    }),
    { numRuns: 400 },
  );
});

test('a kept actor that is made anew after every event is seen in the same states, and does the same things', async (t) => {
  const engine = await memoryEngine(t);
  let id = 0;
  const onlyEvents = fc.array(fc.constantFrom('A', 'B', 'C'), { maxLength: 10 });
  // What cannot be carried over is left out: time that passes within children.
  const plans = plan.map((one) => ({ ...one, after: [], invokes: [] }));
  const own = new Set<Doing>(['count', 'note', 'emit']);
  const tame = (some: readonly Doing[]) => some.filter((one) => own.has(one));
  await fc.assert(
    fc.asyncProperty(plans, onlyEvents, async (planned, taken) => {
      const ways = planned.ways.map((row) => row.map((one) => one && { ...one, doings: tame(one.doings) }));
      const gentle = { ...planned, ways, entry: planned.entry.map(tame) };
      const name = `again ${id++}`;
      const told: unknown[] = [];
      const plainTold: unknown[] = [];
      const plain = createActor(machineOf(gentle, plainTold));
      plain.subscribe({ error: () => {} });
      plain.start();
      for (const [at, type] of ['', ...taken].entries()) {
        const actor = createActor(persist(machineOf(gentle, told), { engine, id: name }));
        actor.start();
        if (actor.getSnapshot().status === 'active') {
          await rest(actor);
          if (at > 0) actor.send({ type: type as 'A' });
          await rest(actor).catch(() => {});
          if (actor.getSnapshot().status === 'active') actor.stop();
        }
        if (at > 0) plain.send({ type: type as 'A' });
        t.deepEqual([actor.getSnapshot().value, actor.getSnapshot().context], [plain.getSnapshot().value, plain.getSnapshot().context]);
      }
      t.deepEqual(told, plainTold);
    }),
    { numRuns: 150 },
  );
});
