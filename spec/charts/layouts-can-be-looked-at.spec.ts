import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type Chart, chartOf, machines } from 'lithify/machines';
import type { ChartEdgePath, ChartLayout, ChartNodeBox, ChartText } from '../../inspector/chart-layout.ts';
import { layoutOf } from '../../scripts/charts/layout.ts';
import { anyDraft, machineOf } from './support/any-machine.ts';

type Box = Pick<ChartText, 'x' | 'y' | 'width' | 'height'>;

for (const machine of Object.values(machines)) {
  test(`the ${machine.id}: nothing covers anything, and everything is in its place`, async (t) => {
    const chart = chartOf(machine);
    const layout = await layoutOf(chart);
    assertWhole(t, chart, layout);
    assertReadable(t, layout);
    t.deepEqual(await layoutOf(chart), layout, 'it comes out the same again');
  });
}

test('any machine is laid out whole, however its states are nested', async (t) => {
  const draft = fc.asyncProperty(anyDraft, async (drafted) => {
    const chart = chartOf(machineOf(drafted));
    assertWhole(t, chart, await layoutOf(chart));
  });
  await fc.assert(draft, { numRuns: 60 });
});

test('a label that is too long for a line goes on in the next, and says everything', async (t) => {
  const layout = await layoutOf(chartOf(machines['log-compactor']));
  const { label, event, guard } = layout.edges.find((edge) => edge.guard === 'isEmpty') ?? {};
  t.is(label?.text, `${event}\n[${guard}]`);
});

/** Every state and every transition of the chart is somewhere on the canvas, states within their parents. */
function assertWhole(t: ExecutionContext, chart: Chart, layout: ChartLayout): void {
  t.deepEqual(
    layout.nodes.map(({ id }) => id),
    chart.nodes.map(({ id }) => id),
  );
  const canvas = { x: 0, y: 0, width: layout.width, height: layout.height };
  const boxes = new Map(layout.nodes.map((node) => [node.id, node]));
  for (const node of layout.nodes)
    t.true(isIn(node, node.parent === undefined ? canvas : boxAt(boxes, node.parent)), `${node.id} is in its parent`);
  for (const line of layout.nodes.flatMap(({ lines }) => lines)) t.true(isIn(line, canvas));
  for (const edge of layout.edges) assertPath(t, edge, boxes, canvas);
  const drawn = chart.edges.flatMap(({ source, targets }) => (targets.length === 0 ? source : targets));
  t.is(layout.edges.length, drawn.length);
  t.is(new Set(layout.edges.map(({ id }) => id)).size, drawn.length);
  t.is(layout.starts.length, layout.nodes.filter(({ isInitial }) => isInitial).length);
}

function assertPath(
  t: ExecutionContext,
  { source, target, points, label }: ChartEdgePath,
  boxes: Map<string, ChartNodeBox>,
  canvas: Box,
): void {
  if (label !== undefined) t.true(isIn(label, canvas), `${label.text} is on the canvas`);
  for (const [x, y] of points) t.true(isIn({ x, y, width: 0, height: 0 }, canvas));
  if (target === undefined) {
    t.deepEqual(points, []);
    t.true(label !== undefined && isIn(label, boxAt(boxes, source)), 'what leads nowhere is text in its state');
  } else {
    t.true(points.length >= 2);
    t.true(touches(points[points.length - 1], boxAt(boxes, target)), `${source} to ${target} ends there`);
  }
}

/** Nothing that is written is under something else. */
function assertReadable(t: ExecutionContext, layout: ChartLayout): void {
  const labels = layout.edges.flatMap(({ label, target }) => (label === undefined ? [] : [{ label, isInside: target === undefined }]));
  for (const [a, b] of pairs(layout.nodes.filter(({ id }) => id !== ''))) {
    if (a.parent === b.parent) t.false(overlap(a, b), `${a.id} covers ${b.id}`);
  }
  for (const [a, b] of pairs([...labels.map(({ label }) => label), ...layout.nodes.flatMap(({ lines }) => lines)]))
    t.false(overlap(a, b), `${a.text} covers ${b.text}`);
  const leaves = layout.nodes.filter(({ id }) => !layout.nodes.some(({ parent }) => parent === id));
  for (const { label } of labels.filter(({ isInside }) => !isInside)) {
    for (const leaf of leaves) t.false(overlap(label, leaf), `${label.text} covers ${leaf.id}`);
  }
  for (const { points, source, target } of layout.edges) {
    for (const leaf of leaves) t.false(crosses(points, leaf), `${source} to ${target} goes through ${leaf.id}`);
    for (const { label } of labels) t.false(crosses(points, label), `${source} to ${target} goes through ${label.text}`);
  }
}

function boxAt(boxes: ReadonlyMap<string, ChartNodeBox>, id: string): ChartNodeBox {
  const box = boxes.get(id);
  if (box === undefined) throw new Error(`Nobody drew ${id}.`);
  return box;
}

/** A pixel is what rounding may take. */
function isIn(inner: Box, outer: Box): boolean {
  const reaches = inner.x + inner.width <= outer.x + outer.width + 1 && inner.y + inner.height <= outer.y + outer.height + 1;
  return reaches && inner.x >= outer.x - 1 && inner.y >= outer.y - 1;
}

function overlap(a: Box, b: Box): boolean {
  return a.x + 1 < b.x + b.width && b.x + 1 < a.x + a.width && a.y + 1 < b.y + b.height && b.y + 1 < a.y + a.height;
}

function touches([x, y]: readonly [number, number], box: Box): boolean {
  const inner = { x: box.x + 1, y: box.y + 1, width: box.width - 2, height: box.height - 2 };
  const isInside = x > inner.x && x < inner.x + inner.width && y > inner.y && y < inner.y + inner.height;
  return isIn({ x, y, width: 0, height: 0 }, box) && !isInside;
}

/** Lines are level or upright. */
function crosses(points: ChartEdgePath['points'], box: Box): boolean {
  return points.slice(1).some(([x, y], n) => {
    const [fromX, fromY] = points[n];
    const line = { x: Math.min(x, fromX), y: Math.min(y, fromY), width: Math.abs(x - fromX), height: Math.abs(y - fromY) };
    return overlap(
      { ...line, width: line.width + 2, x: line.x - 1, y: line.y - 1, height: line.height + 2 },
      { ...box, x: box.x + 2, y: box.y + 2, width: box.width - 4, height: box.height - 4 },
    );
  });
}

function pairs<T>(all: readonly T[]): [T, T][] {
  return all.flatMap((a, n) => all.slice(n + 1).map((b): [T, T] => [a, b]));
}
