import type { RecordView } from '../record-view.ts';
import { joined } from '../words.ts';
import type { DamagedStretch, FileScan, Step } from './scan.ts';

/** One file of the merge. `isAhead`: its view holds a record that has not been handed out. */
interface Source {
  readonly scan: FileScan;
  isAhead: boolean;
  isOver: boolean;
}

/**
 * A topic's records out of its files, by ascending offset, each offset once. `scans` in the order in which
 * streambed-logged reads them: ancient history, history, active; a file that is not there is left out.
 *
 * Which file is which depends on where a compaction stood (log-format.md 3.4), so no order of reading one file after the
 * other is right for all: ancient history is older than history until the swap, but after it history begins with the
 * same records again, less those compacted away. Merging by offset is right in every row of that table: each file
 * ascends by itself (`FileScan` sees to it), records that stand in two of them come once, and none is passed over because
 * a higher offset was met in another file before, which is how that system's own readers lose some (D3, D8, D12).
 *
 * Of two records with one offset the one that system would have delivered is taken: ancient history before history before
 * active. Usually they are the same bytes. If they are not, two writers were at work, and the other is reported as damaged.
 */
export class TopicScan {
  damage: DamagedStretch | undefined;
  /** Records that stood in a second file as well, byte for byte. */
  duplicates = 0;
  readonly #sources: readonly Source[];
  readonly #conflicts: DamagedStretch[] = [];
  #current: Source | undefined;
  #waiting: FileScan | undefined;

  constructor(scans: readonly FileScan[]) {
    this.#sources = scans.map((scan) => ({ scan, isAhead: false, isOver: false }));
  }

  /** The record of the last step that said 'record'; good until the next step. */
  get view(): RecordView {
    if (this.#current === undefined) throw new RangeError('There is no record before a step that said so.');
    return this.#current.scan.view;
  }

  /** The file that it stands in. */
  get file(): string | undefined {
    return this.#current?.scan.file;
  }

  /** Where it begins in that file. */
  get position(): number {
    return this.#current?.scan.position ?? 0;
  }

  step(): Step {
    this.#current = undefined;
    this.damage = this.#conflicts.shift();
    if (this.damage !== undefined) return 'damaged';
    for (const source of this.#sources) {
      const step = this.#lookAhead(source);
      if (step !== undefined) return step;
    }
    return this.#takeFirst();
  }

  /** After 'more'. */
  async fill(): Promise<void> {
    await this.#waiting?.fill();
  }

  /** A step that reads on by itself. */
  async next(): Promise<Exclude<Step, 'more'>> {
    for (;;) {
      const step = this.step();
      if (step !== 'more') return step;
      await this.fill();
    }
  }

  /** Ends the reading before its end. */
  async close(): Promise<void> {
    for (const { scan } of this.#sources) await scan.close();
  }

  /** undefined: the source has a record ready, or no more. */
  #lookAhead(source: Source): 'damaged' | 'more' | undefined {
    if (source.isAhead || source.isOver) return undefined;
    const step = source.scan.step();
    if (step === 'damaged') this.damage = source.scan.damage;
    if (step === 'more') this.#waiting = source.scan;
    source.isAhead = step === 'record';
    source.isOver = step === 'end';
    return step === 'damaged' || step === 'more' ? step : undefined;
  }

  #takeFirst(): Step {
    let first: Source | undefined;
    for (const source of this.#sources) {
      // Equal ones leave the earlier file's in front.
      if (source.isAhead && (first === undefined || compare(source.scan.view, first.scan.view) < 0)) first = source;
    }
    if (first === undefined) return 'end';
    for (const source of this.#sources) {
      if (source !== first && source.isAhead && compare(source.scan.view, first.scan.view) === 0) this.#passOver(source, first.scan);
    }
    first.isAhead = false;
    this.#current = first;
    return 'record';
  }

  #passOver(source: Source, taken: FileScan): void {
    source.isAhead = false;
    const { view, file, position } = source.scan;
    if (isSame(view, taken.view)) {
      this.duplicates++;
      return;
    }
    const reason = `Another record with offset ${joined(view.offsetLow, view.offsetHigh)} stands in ${taken.file}`;
    this.#conflicts.push({ file, offset: position, bytes: view.end - view.start, reason });
  }
}

function compare(a: RecordView, b: RecordView): number {
  return a.offsetHigh === b.offsetHigh ? a.offsetLow - b.offsetLow : a.offsetHigh - b.offsetHigh;
}

function isSame(a: RecordView, b: RecordView): boolean {
  const length = a.end - a.start;
  if (length !== b.end - b.start) return false;
  for (let i = 0; i < length; i++) if (a.bytes[a.start + i] !== b.bytes[b.start + i]) return false;
  return true;
}
