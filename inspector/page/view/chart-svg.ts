import { html, nothing, svg, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { ChartEdgePath, ChartLayout, ChartNodeBox, ChartText } from '../../chart-layout.ts';
import { chartText, edgesTaken, litNodes } from '../model/charts.ts';
import type { SeenTransition } from '../model/picture.ts';

/** Pixels: of a state's name below its box's top, and of a line's letters above its box's bottom. */
const TITLE_BASELINE = 16;
const DESCENT = 4;
/** As long as the animation. */
const FLASH_MS = 900;

export interface Drawn {
  readonly layout: ChartLayout;
  /** None: no actor runs it. */
  readonly states: readonly string[];
  readonly isRunning: boolean;
  /** Its last transition, which flashes when it is new. */
  readonly last: SeenTransition | undefined;
  /** When the newest frame was made. */
  readonly nowMs: number;
}

export function chartSvg({ layout, states, isRunning, last, nowMs }: Drawn): TemplateResult {
  const lit = litNodes(states);
  const taken = new Set(last === undefined ? [] : edgesTaken(layout, last).map(endsOf));
  const entered = last === undefined ? new Set<string>() : litNodes(last.to);
  const flash = last === undefined || nowMs - last.seenAtMs > FLASH_MS ? '' : last.frame % 2 === 0 ? 'flash-even' : 'flash-odd';
  const edgeClass = (edge: ChartEdgePath) => (taken.has(endsOf(edge)) ? `is-last ${flash}` : '');
  const nodeClass = ({ id }: ChartNodeBox) => (!lit.has(id) ? '' : entered.has(id) ? `is-lit ${flash}` : 'is-lit');
  return html`<svg class="chart ${isRunning ? '' : 'is-at-rest'}" width=${layout.width} height=${layout.height}
      viewBox="0 0 ${layout.width} ${layout.height}" role="img" aria-label=${chartText(layout.id, states)}>
    ${repeat(
      layout.nodes,
      ({ id }) => id,
      (node) => nodeView(node, nodeClass(node)),
    )}
    ${layout.starts.map(({ x, y, points }) => svg`<circle class="start" cx=${x} cy=${y} r="4"></circle>${arrow(points)}`)}
    ${repeat(
      layout.edges,
      ({ id }) => id,
      (edge) => edgeView(edge, edgeClass(edge)),
    )}
  </svg>`;
}

/** Edges with the same ends are drawn over each other: one of them flashes as all. */
function endsOf({ source, target = '' }: ChartEdgePath): string {
  return `${source} ${target}`;
}

function nodeView({ label, type, x, y, width, height, lines }: ChartNodeBox, state: string): TemplateResult {
  return svg`<g class="node ${type} ${state}">
    <rect x=${x} y=${y} width=${width} height=${height} rx="6"></rect>
    ${type === 'final' ? svg`<rect class="inner" x=${x + 3} y=${y + 3} width=${width - 6} height=${height - 6} rx="4"></rect>` : nothing}
    <text class="title" x=${x + 10} y=${y + TITLE_BASELINE}>${label}</text>
    ${lines.map((line) => svg`<g class="line ${line.kind}">${textLines(line)}</g>`)}
  </g>`;
}

function edgeView({ points, label, target }: ChartEdgePath, state: string): TemplateResult {
  return svg`<g class="edge ${target === undefined ? 'is-inner' : ''} ${state}">${arrow(points)}${label === undefined ? nothing : textLines(label)}</g>`;
}

function textLines({ text, x, y, height }: ChartText): TemplateResult[] {
  const lines = text.split('\n');
  const step = height / lines.length;
  return lines.map((line, row) => svg`<text x=${x} y=${y + (row + 1) * step - DESCENT}>${line}</text>`);
}

type Points = ChartEdgePath['points'];

function arrow(points: Points): TemplateResult | typeof nothing {
  if (points.length < 2) return nothing;
  return svg`<polyline class="wire" points=${points.map((point) => point.join(',')).join(' ')}></polyline><path class="tip" d=${tipOf(points)}></path>`;
}

/** The arrow's head, along the last stretch. */
function tipOf(points: Points): string {
  const [[fromX, fromY], [x, y]] = [points[points.length - 2], points[points.length - 1]];
  const length = Math.hypot(x - fromX, y - fromY) || 1;
  const [dx, dy] = [(x - fromX) / length, (y - fromY) / length];
  const [baseX, baseY] = [x - 8 * dx, y - 8 * dy];
  return `M${x} ${y}L${baseX - 4 * dy} ${baseY + 4 * dx}L${baseX + 4 * dy} ${baseY - 4 * dx}Z`;
}
