import { compareBytes, compareRanges, type KeyRange } from '../entry.ts';
import { type Cursor, Step } from '../merge/cursor.ts';
import type { Zone } from './zone.ts';

export interface ScanBounds extends KeyRange {
  readonly reverse: boolean;
}

/**
 * A seek in a run costs about as much as so many steps: less when its blocks are in memory, more when they are not. Many
 * short stretches must not make a seek each.
 */
const MOST_PASSED = 128;

/**
 * One run without what range deletes cover. Where they cover everything that a run can hold it is not stepped through: the
 * run is sought behind it (in reverse: before it), so that a million deleted keys cost a few blocks. It goes under a merge,
 * since each run has its own age.
 */
export class CoveredCursor implements Cursor {
  readonly #run: Cursor;
  readonly #zone: Zone;
  readonly #gte: Uint8Array | undefined;
  readonly #lt: Uint8Array | undefined;
  readonly #reverse: boolean;
  readonly #mostPassed: number;
  /** The run has not been sent to its first place yet. */
  #isNew = true;
  /** Nothing but hidden entries up to the bound. */
  #hasEnded = false;
  /** Hidden entries stepped over since the last one that was given. */
  #passed = 0;
  /** In reverse: where the run was sent. A seek cannot leave out this key itself, which belongs to what was skipped. */
  #sought: Uint8Array | undefined;

  /** `bounds`: those of the run, which keeps to them by itself; `zone`: a new one of what is deleted, for the run's tables. */
  constructor(run: Cursor, zone: Zone, { gte, lt, reverse }: ScanBounds, mostPassed: number = MOST_PASSED) {
    this.#run = run;
    this.#zone = zone;
    this.#mostPassed = mostPassed;
    this.#gte = gte;
    this.#lt = lt;
    this.#reverse = reverse;
  }

  get bytes(): Uint8Array {
    return this.#run.bytes;
  }
  get keyStart(): number {
    return this.#run.keyStart;
  }
  get keyEnd(): number {
    return this.#run.keyEnd;
  }
  get valueStart(): number {
    return this.#run.valueStart;
  }
  get valueEnd(): number {
    return this.#run.valueEnd;
  }
  get kind(): number {
    return this.#run.kind;
  }
  get seq(): number {
    return this.#run.seq;
  }

  step(): Step {
    const run = this.#run;
    const zone = this.#zone;
    if (this.#isNew) this.#begin();
    while (!this.#hasEnded) {
      const step = run.step();
      if (step !== Step.entry) return step;
      if (this.#sought !== undefined && this.#isAtSought(this.#sought)) continue;
      if (this.#hasLeftZone()) zone.enter(run.bytes, run.keyStart, run.keyEnd);
      if (run.seq >= zone.cover) {
        this.#passed = 0;
        return Step.entry;
      }
      if (zone.isHidden && ++this.#passed > this.#mostPassed) this.#skip();
    }
    return Step.end;
  }

  fill(): Promise<void> {
    return this.#run.fill();
  }

  fillSync(): void {
    this.#run.fillSync();
  }

  seek(target: Uint8Array): void {
    const bound = this.#reverse ? this.#lt : this.#gte;
    const isOutside = bound !== undefined && compareBytes(target, bound) * (this.#reverse ? 1 : -1) >= 0;
    if (isOutside) this.#enterAtBound();
    else this.#zone.enter(target, 0, target.length);
    this.#isNew = this.#hasEnded = false;
    if (this.#zone.isHidden) this.#skip();
    else this.#run.seek(target);
  }

  #begin(): void {
    this.#isNew = false;
    this.#enterAtBound();
    if (this.#zone.isHidden) this.#skip();
  }

  #enterAtBound(): void {
    const gte = this.#gte ?? FIRST;
    if (this.#reverse) this.#zone.enterBefore(this.#lt);
    else this.#zone.enter(gte, 0, gte.length);
  }

  /** Has the run gone on to keys that the zone does not reach? It moves in one direction only. */
  #hasLeftZone(): boolean {
    const bound = this.#reverse ? this.#zone.from : this.#zone.to;
    if (bound === undefined) return false;
    const { bytes, keyStart, keyEnd } = this.#run;
    const order = compareRanges(bound, 0, bound.length, bytes, keyStart, keyEnd);
    return this.#reverse ? order > 0 : order <= 0;
  }

  /** Past this zone and those like it behind it; the run is sent to the first that is not. */
  #skip(): void {
    if (this.#reverse) this.#skipBack();
    else this.#skipOn();
  }

  #skipOn(): void {
    const zone = this.#zone;
    const lt = this.#lt;
    let to = zone.to;
    while (to !== undefined && (lt === undefined || compareBytes(to, lt) < 0)) {
      zone.enter(to, 0, to.length);
      if (!zone.isHidden) return this.#run.seek(to);
      to = zone.to;
    }
    this.#hasEnded = true;
  }

  #skipBack(): void {
    const zone = this.#zone;
    const first = this.#gte ?? FIRST;
    let from = zone.from;
    while (from !== undefined && compareBytes(from, first) > 0) {
      zone.enterBefore(from);
      if (!zone.isHidden) {
        this.#sought = from;
        return this.#run.seek(from);
      }
      from = zone.from;
    }
    this.#hasEnded = true;
  }

  #isAtSought(sought: Uint8Array): boolean {
    const { bytes, keyStart, keyEnd } = this.#run;
    if (compareRanges(sought, 0, sought.length, bytes, keyStart, keyEnd) === 0) return true;
    this.#sought = undefined;
    return false;
  }
}

/** The lowest of all keys. */
const FIRST = new Uint8Array(0);
