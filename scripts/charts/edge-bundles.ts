import type { ChartEdge } from '../../machines/index.ts';
import { wrapped } from './text.ts';

/** Edges between the same two states are drawn as one, with the text of them all. */
export interface EdgeBundle {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly edges: readonly ChartEdge[];
  readonly text: string;
}

const MAX_LABEL_WIDTH = 150;

export function bundled(edges: readonly ChartEdge[]): EdgeBundle[] {
  const ends = edges.flatMap((edge) => edge.targets.map((target) => ({ edge, target })));
  const groups = Map.groupBy(ends, ({ edge, target }) => JSON.stringify([edge.source, target]));
  return [...groups.values()].map((group) => {
    const { edge, target } = group[0];
    const inGroup = group.map((one) => one.edge);
    return { id: `${edge.id} to ${target}`, source: edge.source, target, edges: inGroup, text: inGroup.map(labelOf).join('\n') };
  });
}

function labelOf({ event, guard }: ChartEdge): string {
  return wrapped(guard === undefined ? event : `${event} [${guard}]`, MAX_LABEL_WIDTH);
}
