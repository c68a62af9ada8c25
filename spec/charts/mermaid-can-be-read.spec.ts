import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type Chart, type ChartEdge, type ChartNode, chartOf, machines, mermaidOf } from 'lithify/machines';
import { createMachine } from 'xstate';
import { anyDraft, machineOf } from './support/any-machine.ts';
import { type MermaidArrow, type MermaidState, parsed } from './support/mermaid-parser.ts';

for (const machine of Object.values(machines)) {
  test(`the ${machine.id} is whole in its diagram`, (t) => assertWhole(t, chartOf(machine)));
}

test('any machine is, whatever its states and events are called', (t) => {
  const draft = fc.property(anyDraft, (drafted) => assertWhole(t, chartOf(machineOf(drafted))));
  fc.assert(draft, { numRuns: 400 });
});

test('a machine and its chart give the same diagram', (t) => {
  t.is(mermaidOf(machines.worker), mermaidOf(chartOf(machines.worker)));
});

test('names that look alike to Mermaid stay different states', (t) => {
  const states = {
    'a b': {},
    'a-b': {},
    a_b: {},
    A_B: {},
    a: { initial: 'b', states: { b: {}, start: {} } },
    a_start: {},
    note: {},
    anywhere: {},
  };
  const { states: drawn } = parsed(mermaidOf(createMachine({ initial: 'a', on: { E: {} }, states })));
  t.deepEqual(
    drawn.map(({ label }) => label),
    ['anywhere in (machine)', ...Object.keys(states)],
  );
});

test('transitions between the same two states share an arrow, a line each in the order in which they count', (t) => {
  const states = { a: { on: { 'Go<br/>on': [{ guard: 'isFine', target: 'b' }, 'b'], Back: 'a' } }, b: {} };
  const arrows = mermaidOf(createMachine({ id: 'm', initial: 'a', states })).match(/^ *a --> b : .*$/gm);
  t.deepEqual(arrows, ['  a --> b : Go#60;br/#62;on [isFine]<br/>Go#60;br/#62;on']);
});

test('what Mermaid cannot draw as an arrow is said in words', (t) => {
  const outer = {
    initial: 'inner',
    on: { Again: { target: 'outer', reenter: true }, Deep: '.inner' },
    states: { inner: { on: { Up: '#m.outer' } } },
  };
  const [drawn] = parsed(mermaidOf(createMachine({ id: 'm', initial: 'outer', states: { outer } }))).states;
  const [anywhere, inner] = drawn.states;
  t.deepEqual([anywhere.label, anywhere.lines], ['anywhere in outer', ['Again → outer']]);
  t.deepEqual(inner.lines, ['Up → outer']);
});

test('a machine of one state, and one with a history, are diagrams too', (t) => {
  t.deepEqual(
    parsed(mermaidOf(createMachine({ id: 'one', entry: 'hello' }))).states.map(({ label, lines }) => [label, lines]),
    [['one', ['entry / hello']]],
  );
  for (const target of ['a', '#m.a']) {
    const states = { a: { on: { Back: 'past' } }, past: { type: 'history', history: 'deep', target } } as const;
    const chart = chartOf(createMachine({ id: 'm', initial: 'a', states }));
    t.like(chart.nodes[2], { type: 'history', history: 'deep', initial: 'a' });
    t.deepEqual(parsed(mermaidOf(chart)).states[1].lines, ['at first a']);
  }
});

/** Nothing of a chart is missing in its diagram, and nothing is there twice. */
function assertWhole(t: ExecutionContext, chart: Chart): void {
  const drawing = new Drawing(chart, parsed(mermaidOf(chart)));
  for (const node of chart.nodes) drawing.assertState(t, node);
  const texts = [...drawing.transitions].toSorted();
  t.deepEqual(texts, chart.edges.flatMap((edge) => drawing.textsOf(edge)).toSorted());
}

/** A diagram beside the chart that it is of. */
class Drawing {
  readonly #chart: Chart;
  readonly #states = new Map<string, MermaidState>();
  readonly #anywheres = new Map<string, MermaidState>();
  /** Of every arrow but those from and to dots. */
  readonly transitions: string[];

  constructor(chart: Chart, root: MermaidState) {
    this.#chart = chart;
    const [machine] = chart.nodes;
    if (this.#childrenOf(machine).length === 0) this.#states.set('', root.states[0]);
    else this.#match(machine, root);
    this.transitions = root.arrows.filter(isTransition).map(({ from, to, label }) => `${from} ${to} ${label}`);
  }

  assertState(t: ExecutionContext, node: ChartNode): void {
    const lines = [...(this.#states.get(node.id)?.lines ?? []), ...(this.#anywheres.get(node.id)?.lines ?? [])];
    for (const source of node.invokes) t.true(lines.includes(`runs ${source}`));
    for (const [what, actions] of [
      ['entry', node.entry],
      ['exit', node.exit],
    ] as const) {
      if (actions.length > 0) t.true(lines.includes(`${what} / ${actions.join(', ')}`));
    }
    const words = this.#chart.edges.filter(
      ({ source, targets }) => source === node.id && (targets.length === 0 || !this.#isDrawn(source, targets[0])),
    );
    for (const { event, guard, actions, targets } of words) {
      const does = actions.length === 0 ? '' : ` / ${actions.join(', ')}`;
      const goes = targets.map((target) => ` → ${target || this.#chart.id}`).join('');
      t.true(lines.includes(`${event}${guard === undefined ? '' : ` [${guard}]`}${does}${goes}`), event);
    }
    t.is(this.#states.get(node.id)?.isComposite ?? true, this.#childrenOf(node).length > 0);
  }

  textsOf({ source, targets, event, guard }: ChartEdge): string[] {
    const text = guard === undefined ? event : `${event} [${guard}]`;
    return targets
      .filter((target) => this.#isDrawn(source, target))
      .map((target) => {
        const from = isWithin(target, source) ? this.#anywheres.get(source) : this.#states.get(source);
        return `${from?.id} ${this.#states.get(target)?.id} ${text}`;
      });
  }

  #match(node: ChartNode, drawn: MermaidState): void {
    const children = this.#childrenOf(node);
    const states = [...drawn.states];
    if (states.length > children.length) this.#anywheres.set(node.id, states.shift() as MermaidState);
    if (states.length !== children.length) throw new Error(`${node.id} has ${children.length} states, and ${states.length} are drawn.`);
    const starts = drawn.arrows.filter(({ from }) => from === '[*]').map(({ to }) => to);
    for (const [n, child] of children.entries())
      this.#matchChild(child, states[n], starts.includes(states[n].id), node.initial === child.id);
  }

  #matchChild(child: ChartNode, drawn: MermaidState, isStart: boolean, isInitial: boolean): void {
    const suffix = child.type === 'parallel' || child.type === 'history' ? ` (${child.type})` : '';
    if (drawn.label !== child.label + suffix || isStart !== isInitial) throw new Error(`${child.id} is drawn as ${drawn.label}.`);
    this.#states.set(child.id, drawn);
    if (this.#childrenOf(child).length > 0) this.#match(child, drawn);
  }

  #childrenOf({ id }: ChartNode): ChartNode[] {
    return this.#chart.nodes.filter(({ parent }) => parent === id);
  }

  #isDrawn(source: string, target: string): boolean {
    const isComposite = this.#chart.nodes.some(({ parent }) => parent === source);
    return !isWithin(source, target) && (source !== target || !isComposite);
  }
}

function isTransition({ from, to }: MermaidArrow): boolean {
  return from !== '[*]' && to !== '[*]';
}

function isWithin(id: string, outer: string): boolean {
  return id !== outer && (outer === '' || id.startsWith(`${outer}.`));
}
