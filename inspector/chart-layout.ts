/**
 * A state chart, laid out at build time: what the page draws as SVG. Pixels; (0, 0) is the top left corner. Text is meant
 * for a system font of 12 px; its boxes were estimated, generously.
 */
export interface ChartLayout {
  /** As in `lithify/machines` and `ActorInfo.machine`. */
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Parents before their children: the first is the machine itself. */
  readonly nodes: readonly ChartNodeBox[];
  readonly edges: readonly ChartEdgePath[];
  /** Where each compound state begins: a dot and an arrow to its initial child. */
  readonly starts: readonly ChartStart[];
}

export interface ChartNodeBox {
  /**
   * Dotted path from the chart's root, such as 'running.open'; as in `ActorInfo.states`. '' is the machine itself, whose box
   * holds everything, and which is active as long as the actor runs.
   */
  readonly id: string;
  readonly label: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final';
  readonly parent?: string;
  readonly isInitial: boolean;
  /** Sources of what it invokes. */
  readonly invokes: readonly string[];
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** Its label is in the top `CHART_TITLE_HEIGHT` pixels, and these below it: what runs in it, what is done on the way in and out. */
  readonly lines: readonly ChartLine[];
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
  /** As XState has it, and as a transition that is seen names it, such as 'xstate.done.actor.job'; '' where it is 'always'. */
  readonly eventType: string;
  readonly guard?: string;
  readonly actions: readonly string[];
  /** From source to target, with corners; none without a target. Edges with the same two ends have the same points. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** The first of several edges with the same ends has the text of them all. */
  readonly label?: ChartText;
}

/** One or more lines, with '\n' between them, each `CHART_LINE_HEIGHT` high. */
export interface ChartText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ChartLine extends ChartText {
  readonly kind: 'invoke' | 'entry' | 'exit';
}

export interface ChartStart {
  /** The initial child. */
  readonly target: string;
  /** Centre of the dot. */
  readonly x: number;
  readonly y: number;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export const CHART_TITLE_HEIGHT = 24;
export const CHART_LINE_HEIGHT = 15;
