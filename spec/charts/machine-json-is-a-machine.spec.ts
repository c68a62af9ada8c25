import test from 'ava';
import { LithifyError } from 'lithify';
import { chartOf, machineJson, machines, mermaidOf } from 'lithify/machines';
import { type AnyStateMachine, and, assign, createMachine, fromPromise, raise } from 'xstate';

/** As it comes out of a file. */
function reread(machine: AnyStateMachine): AnyStateMachine {
  return createMachine(JSON.parse(JSON.stringify(machineJson(machine))));
}

for (const machine of Object.values(machines)) {
  test(`createMachine takes the JSON of the ${machine.id} and makes the same chart of it`, (t) => {
    const json = machineJson(machine);
    t.deepEqual(JSON.parse(JSON.stringify(json)), json);
    t.deepEqual(chartOf(reread(machine)), chartOf(machine));
  });
}

test('what has no name is told by where it stands, and nothing becomes null', (t) => {
  const states = {
    a: {
      entry: [() => {}, assign({ n: 1 }), raise({ type: 'E' })],
      exit: () => {},
      invoke: { src: fromPromise(async () => {}), input: () => 1, onDone: { guard: () => true, actions: () => {} } },
      on: { E: { guard: and(['p', () => true]), target: 'b', actions: { type: 'log', params: () => ({}) } } },
    },
    b: { type: 'final', output: () => 1 },
  } as const;
  const json = machineJson(createMachine({ id: 'm', context: () => ({ n: 0 }), initial: 'a', states }));
  t.deepEqual(json, {
    id: 'm',
    context: { type: 'inline context' },
    initial: 'a',
    states: {
      a: {
        entry: [{ type: 'inline action' }, { type: 'xstate.assign' }, { type: 'xstate.raise' }],
        exit: { type: 'inline action' },
        invoke: {
          src: 'inline actor',
          input: { type: 'inline input' },
          onDone: { guard: { type: 'inline guard' }, actions: { type: 'inline action' } },
        },
        on: { E: { guard: { type: 'and(p, inline guard)' }, target: 'b', actions: { type: 'log', params: { type: 'inline params' } } } },
      },
      b: { type: 'final', output: { type: 'inline output' } },
    },
  });
});

test('data that JSON has no word for is named', (t) => {
  const self: Record<string, unknown> = { big: 3n, none: undefined, not: Number.NaN, at: new Map(), list: [undefined, () => {}] };
  self.self = self;
  t.deepEqual(machineJson(createMachine({ id: 'm', context: self })), {
    id: 'm',
    context: { big: '3', none: null, not: 'NaN', at: { type: 'Map' }, list: [null, { type: 'inline list' }], self: { type: 'cycle' } },
  });
});

test('a forbidden event stays forbidden', (t) => {
  const machine = createMachine({ id: 'm', initial: 'a', on: { E: '.b' }, states: { a: { on: { E: undefined } }, b: {} } });
  t.is(chartOf(machine).edges.length, 2);
  t.deepEqual(chartOf(reread(machine)), chartOf(machine));
});

test('states and events may be called as parts of a config are', (t) => {
  const on = { on: { input: 'context', entry: { actions: 'go' } } };
  const context = { initial: 'states', states: { states: { entry: () => {} } } };
  const machine = createMachine({ id: 'm', initial: 'on', after: { params: '.context' }, states: { on, context } });
  t.is(chartOf(machine).edges.length, 3);
  t.deepEqual(chartOf(reread(machine)), chartOf(machine));
});

test('the clock of an `after` is no action of the state that it belongs to', (t) => {
  const [, backingOff] = chartOf(
    createMachine({ initial: 'a', states: { a: { entry: 'rest', after: { 100: 'a', pauseMs: 'a' } } } }),
  ).nodes;
  t.deepEqual([backingOff.entry, backingOff.exit], [['rest'], []]);
});

test('what is no machine is refused by name', (t) => {
  const { nodes, edges } = chartOf(machines.tablet);
  const wrong: [string, () => unknown][] = [
    ['machine', () => chartOf({} as AnyStateMachine)],
    ['machine', () => machineJson(undefined as unknown as AnyStateMachine)],
    ['machine', () => mermaidOf('tablet' as unknown as AnyStateMachine)],
    ['chart', () => mermaidOf({ id: 'tablet', nodes: nodes.slice(0, 2), edges })],
  ];
  for (const [option, call] of wrong) {
    t.like(t.throws(call, { instanceOf: LithifyError }), { code: 'LITHIFY_INVALID_ARGUMENT', details: { option } });
  }
});
