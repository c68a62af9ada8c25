import type { AnyStateMachine } from 'xstate';
import { LithifyError } from '../../protocol/errors.ts';
import { type Chart, type ChartEdge, type ChartNode, chartOf } from './chart.ts';
import { mermaidLabel, mermaidNames } from './mermaid-text.ts';

/**
 * A machine as a Mermaid `stateDiagram-v2`: every state, and every transition as an arrow with its event and guard (those between
 * the same two states share it, a line each), or as a line in its state where it leads nowhere else. A text without a last line end.
 * LITHIFY_INVALID_ARGUMENT: it is neither, or a chart that was changed and does not hold together.
 */
export function mermaidOf(source: AnyStateMachine | Chart): string {
  return new Diagram(isChart(source) ? source : chartOf(source)).text();
}

function isChart(source: AnyStateMachine | Chart): source is Chart {
  return typeof source === 'object' && source !== null && 'nodes' in source;
}

class Diagram {
  readonly #chart: Chart;
  readonly #names: ReadonlyMap<string, string>;
  /** By state: its `anywhere in it`. Mermaid draws no arrow from a state to what is within. */
  readonly #anywheres: ReadonlyMap<string, string>;

  constructor(chart: Chart) {
    this.#chart = chart;
    const ids = chart.nodes.map(({ id }) => id);
    const names = mermaidNames([...ids.map((id) => id || chart.id), ...ids.map((id) => (id === '' ? 'anywhere' : `${id}.anywhere`))]);
    this.#names = new Map(ids.map((id, n) => [id, names[n]]));
    this.#anywheres = new Map(ids.map((id, n) => [id, names[ids.length + n]]));
  }

  /** Arrows come last: Mermaid puts a state that is first met in an arrow where the arrow is. */
  text(): string {
    const arrows = together(this.#chart.edges.flatMap((edge) => this.#arrows(edge)));
    const [machine] = this.#chart.nodes;
    const states = isContainer(machine) ? this.#inside(machine) : this.#state(machine);
    return ['stateDiagram-v2', ...indented([...states, ...arrows])].join('\n');
  }

  #inside(node: ChartNode): string[] {
    const children = this.#chart.nodes.filter(({ parent }) => parent === node.id);
    return [...this.#anywhere(node), ...children.flatMap((child) => this.#state(child)), ...this.#start(node)];
  }

  #state(node: ChartNode): string[] {
    const name = this.#nameOf(node.id);
    const type = node.type === 'parallel' || node.type === 'history' ? ` (${node.type})` : '';
    const state = `state "${mermaidLabel(node.label + type)}" as ${name}`;
    if (isContainer(node)) return [`${state} {`, ...indented(this.#inside(node)), '}'];
    return [state, ...described(name, this.#linesIn(node)), ...(node.type === 'final' ? [`${name} --> [*]`] : [])];
  }

  #start({ type, initial, initialActions }: ChartNode): string[] {
    if (initial === undefined || type === 'history') return [];
    const label = initialActions.length === 0 ? '' : ` : ${mermaidLabel(`/ ${initialActions.join(', ')}`)}`;
    return [`[*] --> ${this.#nameOf(initial)}${label}`];
  }

  /** What holds in all of a state that has states has a box of its own among them. */
  #anywhere(node: ChartNode): string[] {
    const lines = this.#linesIn(node);
    const hasArrows = this.#edgesFrom(node).some((edge) => edge.targets.some((target) => isWithin(target, node.id)));
    if (lines.length === 0 && !hasArrows) return [];
    const name = this.#anywhereIn(node.id);
    return [`state "${mermaidLabel(`anywhere in ${node.label}`)}" as ${name}`, ...described(name, lines)];
  }

  #linesIn(node: ChartNode): string[] {
    return [
      ...node.invokes.map((source) => `runs ${source}`),
      ...(node.entry.length === 0 ? [] : [`entry / ${node.entry.join(', ')}`]),
      ...(node.exit.length === 0 ? [] : [`exit / ${node.exit.join(', ')}`]),
      ...(node.type === 'history' && node.initial !== undefined ? [`at first ${node.initial}`] : []),
      ...this.#edgesFrom(node).flatMap((edge) => this.#lineOf(edge)),
    ];
  }

  #lineOf(edge: ChartEdge): string[] {
    const undrawn = edge.targets.filter((target) => !this.#isArrow(edge.source, target));
    if (edge.targets.length > 0 && undrawn.length === 0) return [];
    const actions = edge.actions.length === 0 ? [] : [`/ ${edge.actions.join(', ')}`];
    return [[eventOf(edge), ...actions, ...undrawn.map((target) => `→ ${target || this.#chart.id}`)].join(' ')];
  }

  #arrows(edge: ChartEdge): Arrow[] {
    const { source } = edge;
    return edge.targets
      .filter((target) => this.#isArrow(source, target))
      .map((target) => {
        const from = isWithin(target, source) ? this.#anywhereIn(source) : this.#nameOf(source);
        return { ends: `${from} --> ${this.#nameOf(target)}`, label: mermaidLabel(eventOf(edge)) };
      });
  }

  /** Mermaid can draw none from a state to one that it is in, or from one with states to itself. */
  #isArrow(source: string, target: string): boolean {
    const node = this.#chart.nodes.find(({ id }) => id === source);
    return !isWithin(source, target) && !(source === target && node !== undefined && isContainer(node));
  }

  #edgesFrom({ id }: ChartNode): ChartEdge[] {
    return this.#chart.edges.filter(({ source }) => source === id);
  }

  #nameOf(id: string): string {
    return known(this.#names.get(id), id);
  }

  #anywhereIn(id: string): string {
    return known(this.#anywheres.get(id), id);
  }
}

interface Arrow {
  readonly ends: string;
  readonly label: string;
}

/** One arrow for all transitions between the same two states, a line for each: many side by side are too wide for a page. */
function together(arrows: readonly Arrow[]): string[] {
  const byEnds = Map.groupBy(arrows, ({ ends }) => ends);
  return Array.from(byEnds, ([ends, all]) => `${ends} : ${all.map(({ label }) => label).join('<br/>')}`);
}

function known(name: string | undefined, id: string): string {
  if (name !== undefined) return name;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `The chart has no state ${JSON.stringify(id)}, but a transition from or to it.`, {
    details: { option: 'chart' },
  });
}

function described(name: string, lines: readonly string[]): string[] {
  return lines.map((line) => `${name} : ${mermaidLabel(line)}`);
}

function eventOf({ event, guard }: ChartEdge): string {
  return guard === undefined ? event : `${event} [${guard}]`;
}

function isContainer({ type }: ChartNode): boolean {
  return type === 'compound' || type === 'parallel';
}

function isWithin(id: string, outer: string): boolean {
  return id !== outer && (outer === '' || id.startsWith(`${outer}.`));
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
