import { invalid, refuseUnknown } from '../checks.ts';
import type { Random } from '../random.ts';

/** `block`: reading one of a blob; `seal`: closing one. The other names are those of `Database` and `Files`. */
export type OperationKind =
  | 'get'
  | 'write'
  | 'list'
  | 'open'
  | 'close'
  | 'compact'
  | 'read'
  | 'append'
  | 'sync'
  | 'truncate'
  | 'create'
  | 'replace'
  | 'remove'
  | 'move'
  | 'block'
  | 'seal'
  | 'delete';

/** What is about to be done with a file or a database. */
export interface Operation {
  /** What it does. */
  readonly kind: OperationKind;
  /** A path, a directory, or a key in hexadecimal behind its directory: `/store/blobs:0a1b`. */
  readonly target: string;
  /** That it writes. */
  readonly bytes?: number;
}

export type Fault =
  /** `before`: nothing is done; `after`: all of it is, and it fails all the same. */
  | { readonly kind: 'error'; readonly when: 'before' | 'after'; readonly code: string }
  /** Part of the bytes of an append arrive, then the error. */
  | { readonly kind: 'short'; readonly code: string }
  /** One bit of what is read is another. */
  | { readonly kind: 'flip' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Listed, but not found when it is asked for. */
  | { readonly kind: 'missing' }
  /** Deleting succeeds, and it goes on being there. */
  | { readonly kind: 'undead' };

/** All conditions must hold; one that is left out does. */
export interface FaultRule {
  /** Kinds of operations. */
  readonly on?: OperationKind | readonly OperationKind[];
  /** How the target begins. */
  readonly prefix?: string;
  /** Whatever else can be said of it. */
  readonly where?: (operation: Operation) => boolean;
  /** From the k-th operation on that the conditions above let through, counted from 1. */
  readonly from?: number;
  /** So often. Default: for ever. */
  readonly times?: number;
  /** From 0 to 1, drawn for each. Default 1. */
  readonly probability?: number;
  /** Once the operations that came this far have written more bytes than this: a disk of that size. */
  readonly afterBytes?: number;
  /** Over when this says so. */
  readonly until?: () => boolean;
  /** What happens. */
  readonly fault: Fault;
}

interface Armed {
  readonly rule: FaultRule;
  seen: number;
  bytes: number;
  struck: number;
}

/** Which operation fails, and how. Rules are asked in their order; the first that applies decides. */
export class FaultRules {
  readonly #random: Random;
  #armed: Armed[] = [];
  #paused = false;
  /** Faults so far. */
  struck = 0;

  constructor(random: Random, rules: readonly FaultRule[] = []) {
    this.#random = random;
    for (const rule of rules) this.add(rule);
  }

  /** Ends the rule when called. */
  add(rule: FaultRule): () => void {
    checkRule(rule);
    const armed = { rule, seen: 0, bytes: 0, struck: 0 };
    this.#armed.push(armed);
    return () => {
      this.#armed = this.#armed.filter((one) => one !== armed);
    };
  }

  /** While it is, everything works; no rule counts what it sees. */
  pause(paused: boolean): void {
    this.#paused = paused;
  }

  clear(): void {
    this.#armed = [];
  }

  due(operation: Operation): Fault | undefined {
    if (this.#paused) return undefined;
    const armed = this.#armed.find((one) => applies(one, operation, this.#random));
    if (armed === undefined) return undefined;
    armed.struck++;
    this.struck++;
    return armed.rule.fault;
  }
}

const CONDITIONS: ReadonlySet<string> = new Set(['on', 'prefix', 'where', 'from', 'times', 'probability', 'afterBytes', 'until', 'fault']);
const KINDS: ReadonlySet<string> = new Set(['error', 'short', 'flip', 'delay', 'missing', 'undead']);

function checkRule(rule: FaultRule): void {
  refuseUnknown(rule, CONDITIONS, 'condition of a fault');
  const { probability, fault } = rule;
  if (probability !== undefined && !(probability >= 0 && probability <= 1)) {
    throw invalid(`A fault's probability is ${probability}; it must be from 0 to 1.`, 'probability');
  }
  if (!KINDS.has(fault?.kind))
    throw invalid(`A fault is of kind ${String(fault?.kind)}; it must be one of ${[...KINDS].join(', ')}.`, 'fault');
}

function applies(armed: Armed, operation: Operation, random: Random): boolean {
  const { rule } = armed;
  if (!isMeant(rule, operation)) return false;
  armed.seen++;
  armed.bytes += operation.bytes ?? 0;
  if (armed.seen < (rule.from ?? 1) || armed.struck >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
  if (rule.afterBytes !== undefined && armed.bytes <= rule.afterBytes) return false;
  return rule.probability === undefined || random.chance(rule.probability);
}

function isMeant({ on, prefix, where, until }: FaultRule, operation: Operation): boolean {
  if (on !== undefined && !(typeof on === 'string' ? [on] : on).includes(operation.kind)) return false;
  if (prefix !== undefined && !operation.target.startsWith(prefix)) return false;
  return (where === undefined || where(operation)) && !(until?.() ?? false);
}

/** The error that a system call fails with. */
export function systemError(code: string, operation: Operation): Error {
  return Object.assign(new Error(`${code}: injected, ${operation.kind} '${operation.target}'`), { code, syscall: operation.kind });
}

/** A copy with one bit turned; nothing has no bits. */
export function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = new Uint8Array(bytes);
  if (copy.length > 0) copy[random.below(copy.length)] ^= 1 << random.below(8);
  return copy;
}
