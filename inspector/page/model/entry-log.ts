import type { RecorderEntry } from '../../../protocol/recorder.ts';
import { LastAnswer } from './last-answer.ts';

/** What the page keeps of a running engine's recorder at most; the rows it draws are fewer. */
export const KEPT_ENTRIES = 2000;
export const DRAWN_ROWS = 300;
/** Of a chain of causes, which may be as long as a dump. */
export const TOLD_CAUSES = 100;

export interface EntryFilter {
  /** Words that all stand somewhere in the entry, in any case. */
  readonly text: string;
  /** Absent: all of them. */
  readonly kind?: RecorderEntry['kind'];
  readonly actor?: string;
}

/** An entry, or how many are missing at this place. */
export type LogRow = { readonly entry: RecorderEntry } | { readonly gap: number; readonly before: number };

/** Entries of the recorder, ascending: the newest that came to this page, or all of a dump. */
export class EntryLog {
  readonly #most: number;
  #entries: RecorderEntry[] = [];
  #last = 0;
  readonly #rows = new LastAnswer<LogRow[]>();
  readonly #actors = new LastAnswer<string[]>();

  constructor(most = KEPT_ENTRIES) {
    this.#most = most;
  }

  /** Oldest first. What came before (after a reconnection) is passed over. */
  add(entries: readonly RecorderEntry[]): void {
    for (const entry of entries) {
      if (entry.n <= this.#last) continue;
      this.#entries.push(entry);
      this.#last = entry.n;
    }
    // A quarter at once, so that not every frame moves the whole list.
    if (this.#entries.length > this.#most * 1.25) this.#entries = this.#entries.slice(-this.#most);
  }

  /** What is here now, for who reads on while this one forgets. */
  copy(): EntryLog {
    const copy = new EntryLog(Number.POSITIVE_INFINITY);
    copy.add(this.#entries);
    return copy;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Number of the newest entry; 0: none came. */
  get last(): number {
    return this.#last;
  }

  find(n: number): RecorderEntry | undefined {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle].n < n) low = middle + 1;
      else high = middle;
    }
    const found = this.#entries.at(low);
    return found?.n === n ? found : undefined;
  }

  /** Newest first, up to entry `last`: at most `most` rows. */
  rows(filter: EntryFilter, last = this.#last, most = DRAWN_ROWS): readonly LogRow[] {
    return this.#rows.of([filter, last, most, this.#last], () => this.#findRows(filter, last, most));
  }

  #findRows(filter: EntryFilter, last: number, most: number): LogRow[] {
    const matches = matcher(filter);
    const rows: LogRow[] = [];
    for (let i = this.#entries.length - 1; i >= 0 && rows.length < most; i--) {
      const entry = this.#entries[i];
      if (entry.n > last) continue;
      if (matches(entry)) rows.push({ entry });
      const missing = i === 0 ? 0 : entry.n - this.#entries[i - 1].n - 1;
      if (missing > 0) rows.push({ gap: missing, before: entry.n });
    }
    return rows;
  }

  /** Newest first, at most `most`. */
  newest(most: number, isWanted: (entry: RecorderEntry) => boolean): RecorderEntry[] {
    const found: RecorderEntry[] = [];
    for (let i = this.#entries.length - 1; i >= 0 && found.length < most; i--) if (isWanted(this.#entries[i])) found.push(this.#entries[i]);
    return found;
  }

  /**
   * What led to this entry, the nearest first. `lost`: the number of the cause at which the page's memory ends; `goesOn`: there
   * are more.
   */
  causes(entry: RecorderEntry): { readonly chain: readonly RecorderEntry[]; readonly lost?: number; readonly goesOn?: true } {
    const chain: RecorderEntry[] = [];
    for (let at = entry; at.cause !== undefined; ) {
      if (chain.length === TOLD_CAUSES) return { chain, goesOn: true };
      // Nothing comes of what is later: otherwise a chain could bite its own tail.
      const found = at.cause < at.n ? this.find(at.cause) : undefined;
      if (found === undefined) return { chain, lost: at.cause };
      chain.push(found);
      at = found;
    }
    return { chain };
  }

  /** What this entry led to directly, and whatever else has its envelope, such as its reply; oldest first. */
  effects({ n, envelope }: RecorderEntry): RecorderEntry[] {
    return this.#entries.filter(
      (other) => other.n !== n && (other.cause === n || (envelope !== undefined && other.envelope === envelope && other.n > n)),
    );
  }

  /** Every actor that an entry names, in order. */
  actors(): readonly string[] {
    return this.#actors.of([this.#last], () => [...new Set(this.#entries.map(({ actor }) => actor))].sort());
  }
}

function matcher({ text, kind, actor }: EntryFilter): (entry: RecorderEntry) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (entry) => {
    if (kind !== undefined && entry.kind !== kind) return false;
    if (actor !== undefined && entry.actor !== actor && entry.from !== actor) return false;
    return words.length === 0 || hasAll(entry, words);
  };
}

function hasAll(entry: RecorderEntry, words: readonly string[]): boolean {
  const { type, actor, from = '', envelope = '', details } = entry;
  const text = `${type} ${actor} ${from} ${envelope} ${details === undefined ? '' : JSON.stringify(details)}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
