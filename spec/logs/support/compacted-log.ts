import type { PartitionStorage, Pass } from '../../../actors/logs/partition-storage.ts';
import type { PhaseName } from '../../../actors/logs/phases.ts';
import type { LogLoad } from '../../../actors/logs/when-to-compact.ts';
import { LithifyError } from '../../../protocol/errors.ts';
import { settled } from './manual-runtime.ts';

/** A log of which only the size is known. Its phases take no time, or are held until they are let go. */
export class CompactedLog implements PartitionStorage {
  readonly topic = 'readings';
  /** Phases that were begun, and `discard`. */
  readonly begun: string[] = [];
  readonly passes: Pass[] = [];
  /** Phases that do not end by themselves. */
  readonly held = new Set<PhaseName>();
  /** Phases that fail, and with what. */
  readonly failing = new Map<PhaseName, Error>();
  /** Where the strategy is full, one pass after the other. */
  overflows: number[] = [];
  /** Does a held phase end when it is aborted? */
  isDeaf = false;
  dirtyBytes = 0;
  compactedBytes = 0;
  records = 0;
  oldest: LogLoad['oldest'];
  /** A `discard` has ended. */
  isDiscarded = false;
  /** Records that the last ageing took in. */
  covered = 0;
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();
  #agedBytes = 0;
  #running = 0;

  produce(bytes: number): void {
    this.dirtyBytes += bytes;
    this.records += 1;
  }

  load(): LogLoad {
    const { dirtyBytes, compactedBytes, oldest } = this;
    return { dirtyBytes, totalBytes: dirtyBytes + compactedBytes, ...(oldest && { oldest }) };
  }

  amount(): LogLoad {
    return this.load();
  }

  /** A held phase ends. */
  letGo(name: PhaseName, error?: Error): void {
    const gate = this.#gates.get(name);
    if (gate === undefined) throw new Error(`${name} does not run`);
    this.#gates.delete(name);
    if (error === undefined) gate.resolve();
    else gate.reject(error);
  }

  recover(signal: AbortSignal): Promise<void> {
    return this.#phase('recover', signal);
  }

  async ageActive(signal: AbortSignal): Promise<{ end?: number }> {
    const [bytes, records] = [this.dirtyBytes, this.records];
    await this.#phase('ageActive', signal);
    this.#agedBytes = bytes;
    this.covered = records;
    return records === 0 ? {} : { end: records - 1 };
  }

  async analyze(pass: Pass): Promise<{ overflowAt?: number }> {
    this.passes.push(pass);
    await this.#phase('analyze', pass.signal);
    const overflowAt = this.overflows.shift();
    return overflowAt === undefined ? {} : { overflowAt };
  }

  newWork(pass: Pass): Promise<void> {
    return this.#phase('newWork', pass.signal);
  }

  rewrite(pass: Pass): Promise<void> {
    return this.#phase('rewrite', pass.signal);
  }

  async swap(pass: Pass): Promise<void> {
    await this.#phase('swap', pass.signal);
    this.dirtyBytes -= this.#agedBytes;
    this.compactedBytes = 10;
  }

  async discard(): Promise<void> {
    this.begun.push('discard');
    await settled();
    this.isDiscarded = true;
  }

  async #phase(name: PhaseName, signal: AbortSignal): Promise<void> {
    if (this.#running > 0) throw new Error(`${name} was begun while another phase runs`);
    this.begun.push(name);
    this.#running += 1;
    try {
      if (signal.aborted) throw new LithifyError('LITHIFY_ABORTED', 'given up before it began');
      const failure = this.failing.get(name);
      if (failure !== undefined) throw failure;
      if (this.held.has(name)) await this.#gate(name, signal);
    } finally {
      this.#running -= 1;
    }
  }

  #gate(name: PhaseName, signal: AbortSignal): Promise<void> {
    const gate = Promise.withResolvers<void>();
    this.#gates.set(name, gate);
    if (!this.isDeaf) signal.addEventListener('abort', () => gate.reject(new LithifyError('LITHIFY_ABORTED', 'given up')));
    return gate.promise;
  }
}
