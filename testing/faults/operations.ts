import type { Random } from '../random.ts';
import { type Fault, type FaultRules, type Operation, systemError } from './rules.ts';

/** What stands around an operation beside its faults. Every part may be left out. */
export interface Surroundings {
  /** Waits to be let through: once before the effect, once before anybody hears of it. */
  readonly step?: (operation: Operation) => Promise<void>;
  /** Called right before and right after the effect: a crash here finds the disk as it is. */
  readonly point?: (operation: Operation, side: 'before' | 'after') => void;
  /** Milliseconds, for a fault that delays. Absent: it delays nothing. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** Runs operations with the faults that are due. */
export class Operations {
  readonly rules: FaultRules;
  readonly random: Random;
  readonly #around: Surroundings;

  constructor(rules: FaultRules, random: Random, around: Surroundings = {}) {
    this.rules = rules;
    this.random = random;
    this.#around = around;
  }

  /** `effect` gets the fault when it has a say in how much is done: 'short', 'flip', 'missing', 'undead'. */
  async run<T>(operation: Operation, effect: (fault: Fault | undefined) => T | Promise<T>): Promise<T> {
    const { step, point, sleep } = this.#around;
    await step?.(operation);
    const fault = this.rules.due(operation);
    if (fault?.kind === 'delay') await sleep?.(fault.ms);
    if (fault?.kind === 'error' && fault.when === 'before') throw systemError(fault.code, operation);
    point?.(operation, 'before');
    const result = await effect(fault);
    point?.(operation, 'after');
    await step?.(operation);
    if (fault?.kind === 'short' || fault?.kind === 'error') throw systemError(fault.code, operation);
    return result;
  }

  /** For reads that do not leave the thread. */
  runSync<T>(operation: Operation, effect: (fault: Fault | undefined) => T): T {
    const fault = this.rules.due(operation);
    if (fault?.kind === 'error') throw systemError(fault.code, operation);
    return effect(fault);
  }
}
