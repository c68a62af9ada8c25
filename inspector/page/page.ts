import { messageOf } from '../../protocol/errors.ts';
import type { BlobId, Message, MessageRange, MessageType } from '../../protocol/messages.ts';
import type { Explanation } from '../../protocol/why.ts';
import type { ChartLayout } from '../chart-layout.ts';
import type { SendReply } from '../frames.ts';
import type { Connection } from './link/connection.ts';
import { askWhyNotCompacted, askWhyOnDisk, loadCharts, sendMessage } from './link/requests.ts';
import { LogReading } from './log-reading.ts';
import { Picture } from './model/picture.ts';
import type { ReadOut } from './model/read-out.ts';

export const TABS = ['overview', 'actors', 'tables', 'topics', 'log'] as const;
export type Tab = (typeof TABS)[number];

/** A message that was sent from here, and what came of it. */
export interface Sent {
  readonly number: number;
  readonly message: Message;
  readonly atWallMs: number;
  /** Absent: still under way. */
  readonly reply?: SendReply;
  readonly ms?: number;
}

/** A question to the engine: its answer, or why there is none. Neither: it is under way. */
export interface Asked {
  readonly answer?: Explanation;
  readonly problem?: string;
}

/** The message whose dialog is open, and what stands in it already. */
export interface OpenDialog {
  readonly type: MessageType;
  readonly blobId?: BlobId;
}

const KEPT_REPLIES = 20;

/** All that the page knows and what was chosen on it. Whoever changes something calls `changed`. */
export class Page {
  readonly picture = new Picture();
  readonly changed: () => void;
  connection: Connection = { kind: 'connecting' };
  /** Of this machine's clock, monotonic: when the last frame came. */
  frameCameAt = 0;

  charts: readonly ChartLayout[] = [];
  chartsProblem: string | undefined;

  tab: Tab = 'overview';
  /** By the trend's id: points of small charts that somebody points at. */
  readonly readOuts = new Map<string, ReadOut>();
  /** An actor's id, or 'machine:' and a chart's. */
  actor: string | undefined;
  /** Actors whose branches of the tree are collapsed, also those that are gone: they may come again. */
  readonly collapsed = new Set<string>();
  /** The chart is as wide as its place, however small its letters become. */
  fitsChart = false;
  table: BlobId | undefined;
  whyTable: Asked | undefined;
  whyNotCompacted: Asked | undefined;
  readonly log: LogReading;
  dialog: OpenDialog | undefined;
  /** Newest first. */
  sent: readonly Sent[] = [];
  #sentNumber = 0;

  constructor(changed: () => void) {
    this.changed = changed;
    this.log = new LogReading(this.picture.entries, changed);
  }

  set(change: Partial<Pick<Page, 'tab' | 'actor' | 'fitsChart' | 'dialog' | 'connection'>>): void {
    Object.assign(this, change);
    // Charts that are not there any more do not say that nobody points at them.
    if (change.tab !== undefined) this.readOuts.clear();
    this.changed();
  }

  async loadCharts(): Promise<void> {
    try {
      this.charts = await loadCharts();
    } catch (error) {
      this.chartsProblem = messageOf(error);
    }
    this.changed();
  }

  /** Undefined: nobody points there any more. */
  readOut(trend: string, point: ReadOut | undefined): void {
    if (point === undefined) this.readOuts.delete(trend);
    else this.readOuts.set(trend, point);
    this.changed();
  }

  toggleBranch(actor: string): void {
    if (!this.collapsed.delete(actor)) this.collapsed.add(actor);
    this.changed();
  }

  chooseTable(id: BlobId): void {
    if (this.table !== id) this.whyTable = undefined;
    this.table = id;
    this.changed();
  }

  askWhyOnDisk(id: BlobId): Promise<void> {
    this.chooseTable(id);
    return this.#ask(askWhyOnDisk(id), (asked) => {
      if (this.table === id) this.whyTable = asked;
    });
  }

  askWhyNotCompacted(range?: MessageRange): Promise<void> {
    return this.#ask(askWhyNotCompacted(range), (asked) => {
      this.whyNotCompacted = asked;
    });
  }

  async send(message: Message): Promise<void> {
    const number = ++this.#sentNumber;
    const begun = performance.now();
    this.#keep({ number, message, atWallMs: Date.now() });
    const reply = await sendMessage(message);
    const ms = performance.now() - begun;
    this.sent = this.sent.map((one) => (one.number === number ? { ...one, reply, ms } : one));
    this.changed();
  }

  forgetReplies(): void {
    this.sent = this.sent.filter(({ reply }) => reply === undefined);
    this.changed();
  }

  #keep(sent: Sent): void {
    this.sent = [sent, ...this.sent].slice(0, KEPT_REPLIES);
    this.changed();
  }

  async #ask(question: Promise<Explanation>, put: (asked: Asked) => void): Promise<void> {
    put({});
    this.changed();
    const asked = await question.then(
      (answer): Asked => ({ answer }),
      (error: unknown): Asked => ({ problem: messageOf(error) }),
    );
    put(asked);
    this.changed();
  }
}
