import { messageOf } from '../../protocol/errors.ts';
import type { RecorderEntry } from '../../protocol/recorder.ts';
import { DRAWN_ROWS, type EntryFilter, type EntryLog, type LogRow } from './model/entry-log.ts';
import { type OpenDump, readDump } from './model/open-dump.ts';

/** Where one reads in a log. */
interface Place {
  readonly filter: EntryFilter;
  /** What there was when the log was made to stand still: the log itself forgets. */
  readonly still: EntryLog | undefined;
  /** Entries up to this one are shown: a page further down. */
  readonly upTo: number | undefined;
  /** The one that is open. */
  readonly entry: RecorderEntry | undefined;
}

const START: Place = { filter: { text: '' }, still: undefined, upTo: undefined, entry: undefined };

/** The log that is read, the engine's own or a dump's, and where. The engine's goes on while a dump is open. */
export class LogReading {
  readonly #live: EntryLog;
  readonly #changed: () => void;
  #livePlace = START;
  #choice = 0;
  place = START;
  dump: OpenDump | undefined;
  /** Why the last file was not opened. */
  problem: string | undefined;

  constructor(live: EntryLog, changed: () => void) {
    this.#live = live;
    this.#changed = changed;
  }

  get entries(): EntryLog {
    return this.dump?.entries ?? this.place.still ?? this.#live;
  }

  /** Entries of the engine's since its log stands still. */
  get cameSince(): number {
    return this.#live.last - (this.place.still ?? this.#live).last;
  }

  /** What is drawn, newest first, and where the next page begins if there is one. */
  rows(): { readonly rows: readonly LogRow[]; readonly next?: number } {
    const { filter, upTo } = this.place;
    const found = this.entries.rows(filter, upTo, DRAWN_ROWS + 1);
    const after = found.at(DRAWN_ROWS);
    if (after === undefined) return { rows: found };
    return { rows: found.slice(0, DRAWN_ROWS), next: 'entry' in after ? after.entry.n : after.before };
  }

  move(change: Partial<Place>): void {
    this.place = { ...this.place, ...change };
    this.#changed();
  }

  /** The engine's log stands still, or goes on. */
  pause(isPaused: boolean): void {
    this.move({ still: isPaused ? this.#live.copy() : undefined, upTo: undefined });
  }

  /** To a page further down, or to the newest entries. Who reads further down wants what is there to stay there. */
  turnTo(upTo: number | undefined): void {
    if (this.dump === undefined && this.place.still === undefined) this.pause(true);
    this.move({ upTo });
  }

  /** An entry of the engine's own log, which goes on if it stood still before that. */
  showLive(entry: RecorderEntry): void {
    this.backToLive();
    if (this.place.still?.find(entry.n) === undefined) this.pause(false);
    this.move({ entry });
  }

  /** Of several that are chosen one after the other the last is shown. A file that cannot be opened changes nothing. */
  async openDump(file: Pick<File, 'name' | 'size' | 'text'>): Promise<void> {
    const choice = ++this.#choice;
    try {
      const dump = await readDump(file);
      if (choice === this.#choice) this.#show(dump);
    } catch (error) {
      if (choice === this.#choice) this.say(messageOf(error));
    }
  }

  /** A problem with what was chosen; undefined: it was read. */
  say(problem: string | undefined): void {
    this.problem = problem;
    this.#changed();
  }

  backToLive(): void {
    this.#choice++;
    if (this.dump !== undefined) this.place = this.#livePlace;
    this.dump = undefined;
    this.say(undefined);
  }

  #show(dump: OpenDump): void {
    if (this.dump === undefined) this.#livePlace = this.place;
    this.dump = dump;
    this.place = START;
    this.say(undefined);
  }
}
