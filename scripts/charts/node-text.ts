import { CHART_TITLE_HEIGHT, type ChartLine, type ChartText } from '../../inspector/chart-layout.ts';
import type { ChartEdge, ChartNode } from '../../machines/index.ts';
import { textBox, textWidth, wrapped } from './text.ts';

/** What stands in a state's box, from its top left corner, and how much room it takes. */
export interface NodeText {
  readonly lines: readonly ChartLine[];
  /** By the id of an edge that leads nowhere. */
  readonly resting: ReadonlyMap<string, ChartText>;
  readonly width: number;
  readonly height: number;
}

/** Between the edge of a box and its text. */
export const INSET = 10;
const MAX_LINE_WIDTH = 200;
const MIN_WIDTH = 72;
/** How much wider bold letters are. */
const BOLD = 1.12;

export function nodeTextOf(node: ChartNode, edges: readonly ChartEdge[]): NodeText {
  const resting = edges.filter(({ source, targets }) => source === node.id && targets.length === 0);
  const rows: [text: string, kind: ChartLine['kind'] | ChartEdge][] = [
    ...node.invokes.map((source): [string, 'invoke'] => [`runs ${source}`, 'invoke']),
    ...actionRow('entry', node.entry),
    ...actionRow('exit', node.exit),
    ...resting.map((edge): [string, ChartEdge] => [restingText(edge), edge]),
  ];
  return placed(node, rows);
}

function actionRow(kind: 'entry' | 'exit', actions: readonly string[]): [string, 'entry' | 'exit'][] {
  return actions.length === 0 ? [] : [[`${kind} / ${actions.join(', ')}`, kind]];
}

function restingText({ event, guard, actions }: ChartEdge): string {
  const what = guard === undefined ? event : `${event} [${guard}]`;
  return actions.length === 0 ? what : `${what} / ${actions.join(', ')}`;
}

function placed(node: ChartNode, rows: readonly [text: string, kind: ChartLine['kind'] | ChartEdge][]): NodeText {
  const lines: ChartLine[] = [];
  const resting = new Map<string, ChartText>();
  let y = CHART_TITLE_HEIGHT;
  for (const [long, kind] of rows) {
    const text = wrapped(long, MAX_LINE_WIDTH);
    const box = { text, x: INSET, y, ...textBox(text) };
    if (typeof kind === 'string') lines.push({ kind, ...box });
    else resting.set(kind.id, box);
    y += box.height;
  }
  const widest = Math.max(BOLD * textWidth(node.label), ...[...lines, ...resting.values()].map(({ width }) => width));
  return { lines, resting, width: Math.max(MIN_WIDTH, Math.ceil(widest) + 2 * INSET), height: y + (rows.length === 0 ? 4 : 8) };
}

export function offsetBy<T extends ChartText>(text: T, { x, y }: { readonly x: number; readonly y: number }): T {
  return { ...text, x: text.x + x, y: text.y + y };
}
