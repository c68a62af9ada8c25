import type { ActorInfo } from '../../../protocol/inspection.ts';
import type { Explanation } from '../../../protocol/why.ts';
import type { Frame, Hello, ShapeView, TopicView } from '../../frames.ts';
import { BranchChanges } from './branch-changes.ts';
import { type Transition, transitionOf } from './charts.ts';
import { EntryLog } from './entry-log.ts';
import { type Progress, progressOf } from './progress.ts';
import { Trends } from './trends.ts';

/** A transition, and the frame in which the page heard of it: its number and time. */
export interface SeenTransition extends Transition {
  readonly frame: number;
  readonly seenAtMs: number;
}

const KEPT_TRANSITIONS = 200;

/** The engine as this page knows it: frames laid over each other. Everything in it is bounded. */
export class Picture {
  hello: Hello | undefined;
  frame: Frame | undefined;
  actors: readonly ActorInfo[] = [];
  shape: ShapeView | undefined;
  topics: readonly TopicView[] = [];
  topicsLeftOut = 0;
  waiting: Explanation | undefined;
  progress: readonly Progress[] = [];
  /** Newest last. */
  transitions: readonly SeenTransition[] = [];
  readonly entries = new EntryLog();
  readonly branches = new BranchChanges();
  trends = new Trends();

  /** A connection began: its first frame has everything. */
  greet(hello: Hello): void {
    if (this.hello?.everyMs !== hello.everyMs) this.trends = new Trends(hello.everyMs);
    this.hello = hello;
  }

  /** What a frame does not have is as it was. */
  apply(frame: Frame): void {
    this.progress = progressOf(seen(frame), this.frame && seen(this.frame));
    const came = this.#transitionsOf(frame);
    if (came.length > 0) this.transitions = [...this.transitions, ...came].slice(-KEPT_TRANSITIONS);
    this.branches.apply(
      frame.atMs,
      frame.actors,
      came.map(({ actor }) => actor),
    );
    this.entries.add(frame.entries);
    this.trends.add(frame);
    this.actors = frame.actors ?? this.actors;
    this.shape = frame.shape ?? this.shape;
    if (frame.topics !== undefined) {
      this.topics = frame.topics;
      this.topicsLeftOut = frame.topicsLeftOut ?? 0;
    }
    this.waiting = frame.waiting ?? this.waiting;
    this.frame = frame;
  }

  /** Those that this page has not heard of yet. */
  #transitionsOf({ n: frame, atMs: seenAtMs, entries }: Frame): SeenTransition[] {
    const transitions = entries.filter(({ n }) => n > this.entries.last).flatMap((entry) => transitionOf(entry) ?? []);
    return transitions.map((transition) => ({ ...transition, frame, seenAtMs }));
  }
}

function seen({ atMs, stats }: Frame): { atMs: number; compactors: Frame['stats']['compactors'] } {
  return { atMs, compactors: stats.compactors };
}
