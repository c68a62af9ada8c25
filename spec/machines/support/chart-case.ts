import type { AnyStateMachine } from 'xstate';
import { LithifyError } from '../../../protocol/errors.ts';
import type { Ledger } from './ledger.ts';
import type { Stage } from './stage.ts';

/** What a state has to stand: a wish to stop, a death beside it, a fault of the storage, a wish or a clock that ends the work. */
export const ENDS = ['stop', 'death', 'storage', 'abort'] as const;
export type End = (typeof ENDS)[number];

/** How what a chart waits for may settle. */
export interface Ending {
  readonly name: string;
  readonly end?: End | undefined;
  /** A function is asked when it settles. */
  readonly output?: unknown;
  readonly error?: Error;
}

/** Something that may be sent to a chart, or happen round it, now. */
export interface Sending {
  readonly name: string;
  readonly end?: End | undefined;
  readonly send: () => void;
}

export interface Heard {
  readonly context: never;
  readonly event: never;
  readonly params: never;
}

/** Everything round a chart, played: who asks, who answers, what promises end with. */
export interface World {
  readonly ledger: Ledger;
  /** What may happen now; those with an `end` are there in every state that can meet them. */
  sendings(): readonly Sending[];
  /** How the promises of a source end; the first is how they end when all is well. */
  readonly endings: Readonly<Record<string, readonly Ending[]>>;
  /** What the chart says through an action that has to be provided. */
  hears?(action: string, heard: Heard): void;
  readonly guards?: Readonly<Record<string, () => boolean>>;
  /** By system id: actors beside the chart, which only listen. */
  readonly neighbours?: Readonly<Record<string, (event: never) => void>>;
  begun?(stage: Stage): void;
  begins?(src: string, input: unknown): void;
  ending?(src: string, owner: string, ending: Ending): void;
  /** What of this world makes two equal states of a chart two situations. */
  digest(): string;
  /** When nothing more goes wrong: what happens next by itself. */
  next?(): Sending | undefined;
  /** Loans, leases, orders that are out: none when the chart rests. */
  readonly out?: readonly string[];
  /** What must hold after each step. */
  complaints?(): readonly string[];
}

/** One chart, and what must be so whatever happens to it in whichever state. */
export interface ChartCase {
  readonly machine: AnyStateMachine;
  /** How it is called in its system. */
  readonly id: string;
  readonly input?: unknown;
  world(stage: Stage): World;
  /** Where it may come to rest when nothing more goes wrong; names as `machine.outer.inner`. */
  readonly rests: readonly string[];
  /** What asks it to stop, and where that leads in the end. */
  readonly stop: string;
  readonly over: readonly string[];
  /** Promises that it may leave before they have settled: they are told, or do no harm. */
  readonly leaves?: readonly string[];
  /** Callbacks that run for as long as their state is there. */
  readonly standing?: readonly string[];
  /** Ends that reach it in every state, as events. */
  readonly always: readonly End[];
  /** How many moves in a row are looked at. */
  readonly depth?: number;
}

export const DIED = new LithifyError('LITHIFY_WORKER_DIED', 'the thread is gone');
export const POISONED = new LithifyError('LITHIFY_BLOB_STORE', 'a write failed');
export const GIVEN_UP = new LithifyError('LITHIFY_ABORTED', 'given up');
export const CLOSING = new LithifyError('LITHIFY_SHUTTING_DOWN', 'closing');
export const DEFECT = new TypeError('a defect');

/** Every way in which a promise can reject. */
export const REJECTIONS: readonly Ending[] = [
  { name: 'worker died', end: 'death', error: DIED },
  { name: 'storage failed', end: 'storage', error: POISONED },
  { name: 'aborted', end: 'abort', error: GIVEN_UP },
];

export function well(output?: unknown): Ending {
  return { name: 'well', output };
}
