/** A state chart, laid out at build time: what the page draws as SVG. Pixels; (0, 0) is the top left corner. */
export interface ChartLayout {
  /** As in `lithify/machines` and `ActorInfo.machine`. */
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Parents before their children. */
  readonly nodes: readonly ChartNodeBox[];
  readonly edges: readonly ChartEdgePath[];
}

export interface ChartNodeBox {
  /** Dotted path from the chart's root, such as 'running.open'; as in `ActorInfo.states`. */
  readonly id: string;
  readonly label: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final';
  readonly parent?: string;
  readonly isInitial: boolean;
  /** Sources of what it invokes. */
  readonly invokes: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ChartEdgePath {
  readonly id: string;
  readonly source: string;
  /** Absent: it stays where it is (an action only). Drawn as text in its source. */
  readonly target?: string;
  /** Event type, or 'after NAME', 'always', 'done: NAME', 'error: NAME'. */
  readonly event: string;
  readonly guard?: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly label?: { readonly text: string; readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}
