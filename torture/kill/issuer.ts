import { createHash } from 'node:crypto';
import type { Engine } from '../../index.ts';
import { Random } from '../../testing/random.ts';
import type { IntentFile } from './intent.ts';
import { type Operation, operationAt } from './operations.ts';
import { perform } from './perform.ts';

/** So many operations may be under way at once, and be issued in one turn: a commit takes several of them. */
const MOST_UNDER_WAY = 32;
const MOST_AT_ONCE = 16;
/** Snapshots are read once more after so many bursts. */
const SNAPSHOT_BURSTS = 3;
/** There is never more than one of these under way: which of two was the last would be nobody's to say. */
const ONE_BY_ONE: ReadonlySet<Operation['kind']> = new Set(['ingest', 'checkpoint']);

export interface IssuerParts {
  readonly engine: Engine;
  readonly intent: IntentFile;
  readonly seed: number;
  /** Checkpoints go beside the store. */
  readonly location: string;
  /** So many operations are about to be issued. */
  readonly onBurst?: (operations: number) => void;
  /** Something went wrong that nobody waits for. */
  readonly onFault: (why: string) => void;
}

/** Issues a seed's operations on an engine, many at once, and writes down which and what came of them. */
export class Issuer {
  readonly #parts: IssuerParts;
  readonly #underWay = new Set<Promise<void>>();
  readonly #alone = new Map<Operation['kind'], Promise<void>>();
  readonly #snapshots: { readonly due: number; readonly check: () => Promise<void> }[] = [];
  #committable: number | undefined;

  constructor(parts: IssuerParts) {
    this.#parts = parts;
  }

  /** About so many operations, from the first that no process has issued; resolves when all of them are acknowledged. */
  async run(most: number): Promise<void> {
    const { intent, onBurst } = this.#parts;
    let n = intent.issued + 1;
    for (let burst = 0; n <= intent.issued + most; burst++) {
      const operations = this.#burstFrom(n);
      await this.#roomFor(operations);
      intent.willIssue(n + operations.length - 1);
      onBurst?.(operations.length);
      for (const operation of operations) this.#issue(n++, operation, burst);
      if (operations[0]?.kind === 'load') await this.#quiet();
      await this.#lookAtSnapshots(burst);
    }
    await this.#quiet();
    await this.#lookAtSnapshots(Number.POSITIVE_INFINITY);
  }

  /** Operations that are issued in one turn: one that goes alone, or several without such a one. */
  #burstFrom(n: number): Operation[] {
    const size = 1 + new Random(this.#parts.seed).fork(`burst ${n}`).below(MOST_AT_ONCE);
    const operations = Array.from({ length: size }, (_, i) => operationAt(this.#parts.seed, n + i));
    const first = operations[0]?.kind;
    if (first === 'load') return operations.slice(0, 1);
    const end = operations.findIndex(({ kind }, i) => kind === 'load' || (i > 0 && ONE_BY_ONE.has(kind)));
    return end < 0 ? operations : operations.slice(0, end);
  }

  async #roomFor(operations: readonly Operation[]): Promise<void> {
    if (operations[0]?.kind === 'load') await this.#quiet();
    for (const { kind } of operations) await this.#alone.get(kind);
    while (this.#underWay.size + operations.length > MOST_UNDER_WAY) await Promise.race(this.#underWay);
  }

  async #quiet(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #issue(n: number, operation: Operation, burst: number): void {
    if (operation.kind === 'snapshot') this.#takeSnapshot(n, burst);
    const done = this.#perform(n, operation).catch((error) =>
      this.#parts.onFault(`operation ${n}, ${operation.kind}: ${error?.stack ?? error}`),
    );
    this.#underWay.add(done);
    if (ONE_BY_ONE.has(operation.kind)) this.#alone.set(operation.kind, done);
    void done.then(() => this.#underWay.delete(done));
  }

  async #perform(n: number, operation: Operation): Promise<void> {
    const committable = () => this.#committable;
    const offsets = await perform(this.#parts.engine, operation, {
      committable,
      checkpointDirectory: `${this.#parts.location}-checkpoint-${n}`,
    });
    this.#parts.intent.acknowledged(n, offsets);
    if (operation.kind === 'produce' && operation.records[0]?.topic === 'solo')
      this.#committable = Math.max(this.#committable ?? 0, ...offsets);
  }

  #takeSnapshot(n: number, burst: number): void {
    const { kv } = this.#parts.engine;
    const snapshot = kv.snapshot();
    const read = async () => {
      const hash = createHash('sha1');
      for await (const [key, value] of kv.iterator({ snapshot })) hash.update(`${key} ${value}\n`);
      return hash.digest('hex');
    };
    const first = read();
    const check = async () => {
      const [before, after] = [await first, await read()];
      await snapshot.close();
      if (before !== after) this.#parts.onFault(`the snapshot of operation ${n} has changed`);
    };
    this.#snapshots.push({ due: burst + SNAPSHOT_BURSTS, check });
  }

  async #lookAtSnapshots(burst: number): Promise<void> {
    while (this.#snapshots[0] !== undefined && this.#snapshots[0].due <= burst) await this.#snapshots.shift()?.check();
  }
}
