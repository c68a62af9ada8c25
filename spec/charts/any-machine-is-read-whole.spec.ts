import test from 'ava';
import fc from 'fast-check';
import { chartOf, machineJson } from 'lithify/machines';
import { createMachine } from 'xstate';
import { anyDraft, hasChildren, type MachineDraft, machineOf, pathOf, type TransitionDraft } from './support/any-machine.ts';

const RUNS = { numRuns: 400 };

test('every state of a machine is in its chart once, below its parent, with what it does and runs', (t) => {
  const draft = fc.property(anyDraft, (drafted) => {
    const { nodes } = chartOf(machineOf(drafted));
    const expected = drafted.states.map(({ parent, entry, invokes }, n) => ({
      id: pathOf(drafted, n),
      parent: parent === undefined ? undefined : pathOf(drafted, parent),
      type: typeIn(drafted, n),
      entry: entry.map(({ name }) => name),
      invokes: invokes.map(({ src }) => src ?? 'inline actor'),
    }));
    t.deepEqual(byId(nodes.map(({ id, parent, type, entry, invokes }) => ({ id, parent, type, entry, invokes }))), byId(expected));
    t.is(new Set(nodes.map(({ id }) => id)).size, nodes.length);
    for (const [n, { parent }] of nodes.entries()) {
      t.is(parent === undefined, n === 0, 'only the machine has no parent, and it is first');
      if (parent !== undefined)
        t.true(
          nodes.slice(0, n).some(({ id }) => id === parent),
          'parents come before their children',
        );
    }
  });
  fc.assert(draft, RUNS);
});

test('every transition is there with its event, guard and actions, and both its ends are states', (t) => {
  const draft = fc.property(anyDraft, (drafted) => {
    const { nodes, edges } = chartOf(machineOf(drafted));
    const ids = new Set(nodes.map(({ id }) => id));
    for (const { source, targets } of edges) for (const end of [source, ...targets]) t.true(ids.has(end));
    t.is(new Set(edges.map(({ id }) => id)).size, edges.length);
    const found = edges.map(({ source, event, targets, guard, actions, reenter }) => ({ source, event, targets, guard, actions, reenter }));
    t.deepEqual(sorted(found), sorted(drafted.transitions.map((one) => expectedEdge(drafted, one))));
  });
  fc.assert(draft, RUNS);
});

test('its JSON loses nothing on the way, and a machine made from it has the same chart', (t) => {
  const draft = fc.property(anyDraft, (drafted) => {
    const machine = machineOf(drafted);
    const json = machineJson(machine);
    const read: unknown = JSON.parse(JSON.stringify(json));
    t.deepEqual(read, json);
    t.false(JSON.stringify(json).includes(':null') || JSON.stringify(json).includes(',null') || JSON.stringify(json).includes('[null'));
    t.deepEqual(chartOf(createMachine(read as Parameters<typeof createMachine>[0])), chartOf(machine));
  });
  fc.assert(draft, RUNS);
});

function typeIn(drafted: MachineDraft, n: number): string {
  const { isParallel, isFinal } = drafted.states[n];
  if (hasChildren(drafted, n)) return isParallel ? 'parallel' : 'compound';
  return isFinal && n > 0 ? 'final' : 'atomic';
}

function expectedEdge(drafted: MachineDraft, transition: TransitionDraft) {
  const { source, target, guard, actions, reenter } = transition;
  return {
    source: pathOf(drafted, source),
    event: eventOf(drafted, transition),
    targets: target === undefined ? [] : [pathOf(drafted, target)],
    guard: guard?.name,
    actions: actions.map(({ name }) => name),
    reenter,
  };
}

function eventOf({ states }: MachineDraft, { source, on, event }: TransitionDraft): string {
  const { key, invokes } = states[source];
  const [first] = invokes;
  switch (on) {
    case 'event':
      return event;
    case 'always':
      return 'always';
    case 'after':
      // XState takes for a number what JavaScript does, even ' '.
      return Number.isNaN(Number(event)) ? `after ${event}` : `after ${Number(event)} ms`;
    case 'stateDone':
      return `done: ${source === 0 ? 's0' : key}`;
    default:
      return `${on}: ${nameOfFirst(first, invokes.length > 1 && invokes[0].src === invokes[1].src, source)}`;
  }
}

/** Where two have the same source, their ids tell them apart. */
function nameOfFirst(
  { src = 'inline actor', hasId }: { src?: string | undefined; hasId: boolean },
  isTwice: boolean,
  source: number,
): string {
  if (!isTwice) return src;
  return hasId ? `i${source}-0` : `0.s${source}`;
}

function byId<T extends { readonly id: string }>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function sorted(all: readonly object[]): string[] {
  return all.map((one) => JSON.stringify(one)).toSorted();
}
