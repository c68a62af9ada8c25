import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk.bundled.js';
import { CHART_TITLE_HEIGHT } from '../../inspector/chart-layout.ts';
import type { Chart, ChartNode } from '../../machines/index.ts';
import type { EdgeBundle } from './edge-bundles.ts';
import { INSET, type NodeText } from './node-text.ts';
import { textBox } from './text.ts';

/** For the graph and for every state in it that has states. */
export const ELK_OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '28',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
  'elk.layered.thoroughness': '40',
  // The initial state comes out on top, and lines cross least.
  'elk.layered.cycleBreaking.strategy': 'BFS_NODE_ORDER',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
};
export const DOT = 10;
const CANVAS_MARGIN = 12;
const INNER_MARGIN = 16;

/** What ELK knows the parts by: states are one kind of several, and it takes no empty id. */
export const stateId = (id: string) => `state ${id}`;
export const dotId = (initial: string) => `dot before ${initial}`;
export const startId = (initial: string) => `start of ${initial}`;
export const headId = (id: string) => `head of ${id}`;
export const bundleId = ({ id }: EdgeBundle) => `edge ${id}`;

export function elkGraphOf(chart: Chart, texts: ReadonlyMap<string, NodeText>, bundles: readonly EdgeBundle[]): ElkNode {
  const [machine] = chart.nodes;
  const heads = new Set(bundles.filter(leadsInwards).map(({ source }) => source));
  const nodeOf = (node: ChartNode): ElkNode => {
    const children = chart.nodes.filter(({ parent }) => parent === node.id).map(nodeOf);
    const text = textIn(texts, node.id);
    if (children.length === 0) return { id: stateId(node.id), width: text.width, height: text.height };
    return container(node, text, heads.has(node.id), children);
  };
  const starts = chart.nodes.flatMap(({ initial }) => (initial === undefined ? [] : [startEdge(initial)]));
  return {
    id: 'canvas',
    layoutOptions: { 'elk.padding': padding(CANVAS_MARGIN, CANVAS_MARGIN) },
    children: [nodeOf(machine)],
    edges: [...starts, ...bundles.map(bundleEdge)],
  };
}

export function textIn(texts: ReadonlyMap<string, NodeText>, id: string): NodeText {
  const text = texts.get(id);
  if (text === undefined) throw new Error(`The chart has no state ${JSON.stringify(id)}.`);
  return text;
}

/**
 * Its text keeps the children off its top, except where an edge leads from it to what is within: that edge would cross
 * the text, and so the text becomes a node among the others, from which the edge comes.
 */
function container(node: ChartNode, text: NodeText, hasHead: boolean, children: readonly ElkNode[]): ElkNode {
  const dot = node.initial === undefined ? [] : [{ id: dotId(node.initial), width: DOT, height: DOT }];
  const head = hasHead ? [{ id: headId(node.id), width: text.width - 2 * INSET, height: text.height - CHART_TITLE_HEIGHT }] : [];
  const layoutOptions = {
    'elk.padding': padding(INNER_MARGIN, (hasHead ? CHART_TITLE_HEIGHT : text.height) + 10),
    'elk.nodeSize.constraints': 'MINIMUM_SIZE',
    // Height first: ELK turns the graph by a quarter to lay it out downwards, and does not turn this with it.
    'elk.nodeSize.minimum': `(${text.height}, ${text.width})`,
  };
  return { id: stateId(node.id), layoutOptions, children: [...head, ...dot, ...children] };
}

function padding(sides: number, top: number): string {
  return `[top=${top},left=${sides},bottom=${sides},right=${sides}]`;
}

function leadsInwards({ source, target }: EdgeBundle): boolean {
  return target !== source && (source === '' || target.startsWith(`${source}.`));
}

function startEdge(initial: string): ElkExtendedEdge {
  return { id: startId(initial), sources: [dotId(initial)], targets: [stateId(initial)] };
}

function bundleEdge(bundle: EdgeBundle): ElkExtendedEdge {
  const { source, target, text } = bundle;
  const from = leadsInwards(bundle) ? headId(source) : stateId(source);
  return { id: bundleId(bundle), sources: [from], targets: [stateId(target)], labels: [{ text, ...textBox(text) }] };
}
