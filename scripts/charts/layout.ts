import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import {
  CHART_TITLE_HEIGHT,
  type ChartEdgePath,
  type ChartLayout,
  type ChartNodeBox,
  type ChartStart,
} from '../../inspector/chart-layout.ts';
import type { Chart, ChartEdge, ChartNode } from '../../machines/index.ts';
import { bundled, type EdgeBundle } from './edge-bundles.ts';
import { bundleId, DOT, dotId, ELK_OPTIONS, elkGraphOf, headId, startId, stateId, textIn } from './elk-graph.ts';
import { INSET, type NodeText, nodeTextOf, offsetBy } from './node-text.ts';

/** Places everything of a chart. The same chart gives the same layout, to the pixel. */
export async function layoutOf(chart: Chart): Promise<ChartLayout> {
  const texts = new Map(chart.nodes.map((node) => [node.id, nodeTextOf(node, chart.edges)]));
  const bundles = bundled(chart.edges);
  const placed = new Placed(await new ELK.default().layout(elkGraphOf(chart, texts, bundles), { layoutOptions: ELK_OPTIONS }));
  const edges = [...bundles.flatMap((bundle) => pathsOf(bundle, placed)), ...restingOf(chart, texts, placed)];
  const { width, height } = placed.box('canvas');
  return {
    ...{ id: chart.id, width, height },
    nodes: chart.nodes.map((node) => nodeBox(node, chart, textIn(texts, node.id), placed)),
    edges: edges.toSorted((a, b) => Number(a.id) - Number(b.id)),
    starts: chart.nodes.flatMap(({ initial }) => (initial === undefined ? [] : [startOf(initial, placed)])),
  };
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
type Point = [x: number, y: number];

/** ELK's answer, by the ids that it was given. */
class Placed {
  readonly #nodes: ReadonlyMap<string, ElkNode>;
  readonly #edges: ReadonlyMap<string, ElkExtendedEdge>;

  constructor(canvas: ElkNode) {
    this.#nodes = new Map(withChildren(canvas).map((node) => [node.id, node]));
    this.#edges = new Map(canvas.edges?.map((edge) => [edge.id, edge]));
  }

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  box(id: string): Box {
    return boxOf(found(this.#nodes, id));
  }

  label(id: string): Box {
    return boxOf(found(this.#edges, id).labels?.[0] ?? {});
  }

  points(id: string): Point[] {
    const { sections = [] } = found(this.#edges, id);
    const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]);
    return points.map(({ x, y }) => [Math.round(x), Math.round(y)]);
  }
}

function withChildren(node: ElkNode): ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(withChildren)];
}

function found<T>(all: ReadonlyMap<string, T>, id: string): T {
  const one = all.get(id);
  if (one === undefined) throw new Error(`ELK gave no place to ${id}.`);
  return one;
}

function boxOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box {
  return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
}

function nodeBox(node: ChartNode, chart: Chart, text: NodeText, placed: Placed): ChartNodeBox {
  const { id, label, type, parent, invokes, entry, exit } = node;
  if (type === 'history') throw new Error(`${chart.id} has a history state, ${id}: inspector/chart-layout.ts has none.`);
  return {
    ...{ id, label, type, ...(parent === undefined ? {} : { parent }) },
    isInitial: chart.nodes.some(({ initial }) => initial === id),
    ...{ invokes, entry, exit },
    lines: text.lines.map((line) => offsetBy(line, textOrigin(id, placed))),
    ...placed.box(stateId(id)),
  };
}

/** From where a state's text is counted: its corner, unless its text was placed by itself. */
function textOrigin(id: string, placed: Placed): { x: number; y: number } {
  if (!placed.has(headId(id))) return placed.box(stateId(id));
  const { x, y } = placed.box(headId(id));
  return { x: x - INSET, y: y - CHART_TITLE_HEIGHT };
}

function restingOf(chart: Chart, texts: ReadonlyMap<string, NodeText>, placed: Placed): ChartEdgePath[] {
  return chart.edges.flatMap((edge) => {
    const label = textIn(texts, edge.source).resting.get(edge.id);
    return label === undefined ? [] : [{ ...dataOf(edge), points: [], label: offsetBy(label, textOrigin(edge.source, placed)) }];
  });
}

function pathsOf(bundle: EdgeBundle, placed: Placed): ChartEdgePath[] {
  const { edges, target, text } = bundle;
  const points = placed.points(bundleId(bundle));
  const label = { text, ...placed.label(bundleId(bundle)) };
  return edges.map((edge, n) => ({ ...dataOf(edge), ...idOf(edge, target), points, ...(n === 0 ? { label } : {}) }));
}

/** An edge with several targets is several paths. */
function idOf({ id, targets }: ChartEdge, target: string): { id: string; target: string } {
  const n = targets.indexOf(target);
  return { id: n === 0 ? id : `${id}.${n}`, target };
}

function dataOf({ id, source, event, eventType, guard, actions }: ChartEdge) {
  return { id, source, event, eventType, ...(guard === undefined ? {} : { guard }), actions };
}

function startOf(initial: string, placed: Placed): ChartStart {
  const { x, y } = placed.box(dotId(initial));
  return { target: initial, x: x + DOT / 2, y: y + DOT / 2, points: placed.points(startId(initial)) };
}
