import { readU32 } from '../../little-endian.ts';
import { crc32c } from '../crc32c.ts';
import { RecordFault, RecordView } from '../record-view.ts';
import { checkHeaders } from '../to-log-record.ts';
import { ByteWindow } from './byte-window.ts';
import { ChecksumIndex, STEP_BYTES } from './checksum-index.ts';

/** Bytes of a file that are no record, or none that may stand there. */
export interface DamagedStretch {
  /** As it was named. */
  readonly file: string;
  /** From the file's beginning. */
  readonly offset: number;
  /** How many. */
  readonly bytes: number;
  /** What was wrong where it begins. */
  readonly reason: string;
}

/** 'more': the bytes at hand do not suffice; `fill`, then step again. */
export type Step = 'record' | 'damaged' | 'more' | 'end';

export interface ScanOptions {
  /** Resolves after the event loop has had a turn; asked for where much is to be searched without reading on. */
  turn?(): Promise<void>;
}

const CRC_BYTES = 4;
/** Version, headers, timestamp, key, value and offset: as zeros they take one byte each, and a CRC that is not zero follows. */
const MOST_ZEROS = 6;
/** Searched in one step. */
const SEARCH_BYTES = 16 * 1024;
/** Shorter records are summed up directly. */
const SHORT_BYTES = 512;
/** Longer ones are summed up while they come in. */
const LARGE_BYTES = 1024 * 1024;
const FIRST_CREDIT = 1024 * 1024;
const MOST_CREDIT = 16 * FIRST_CREDIT;
const CREDIT_PER_BYTE = 4;
const FEW_HEADERS = 63;
const NO_OFFSET = -1;

/**
 * The records of one file of streambed-logged, in the order in which they stand there, and every stretch between them that
 * is not one. That system hides whatever follows the first bad byte (log-format.md 2.5); here the search goes on, byte by
 * byte, for the next whole record with the right checksum and an offset above the last good one's. Only what is written
 * in the usual way is found so: a version of one byte. A value that itself holds records may, if the record around it is
 * damaged, give some of them for good: nothing in the format tells them apart.
 *
 * A file may have any size: kept are the bytes from the record under way, 64 MiB and a little at most, in an array of at
 * most twice that. No bytes, made to or not, cost more than a few hundred nanoseconds each: see `#hasRightChecksum` and
 * `#isDear`. Measured (Node 26): 5 million sound records of 34 bytes a second; 10 MiB of zeros 30 ms, of noise 90 ms, of
 * the worst patterns 0.5 to 1.2 s.
 */
export class FileScan {
  readonly file: string;
  /** The record of the last step that said 'record'; good until the next step. */
  readonly view = new RecordView();
  /** The stretch of the last step that said 'damaged'. */
  damage: DamagedStretch | undefined;

  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #options: ScanOptions;
  readonly #window = new ByteWindow();
  readonly #index = new ChecksumIndex();
  #at = 0;
  #isWhole = false;
  #isPaused = false;
  /** In the file; undefined: all is well. */
  #damagedFrom: number | undefined;
  #reason = '';
  #lastLow = NO_OFFSET;
  #lastHigh = NO_OFFSET;
  #sumCredit = FIRST_CREDIT;
  #headerCredit = FIRST_CREDIT;

  constructor(file: string, chunks: AsyncIterable<Uint8Array>, options: ScanOptions = {}) {
    this.file = file;
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#options = options;
  }

  /** Where the record of the last step begins in the file. */
  get position(): number {
    return this.#window.origin + this.view.start;
  }

  step(): Step {
    return this.#damagedFrom === undefined ? this.#readOn() : this.#search();
  }

  /** After 'more'. */
  async fill(): Promise<void> {
    if (this.#isPaused) {
      this.#isPaused = false;
      await this.#options.turn?.();
      return;
    }
    const { done, value } = await this.#chunks.next();
    if (done) {
      this.#isWhole = true;
      return;
    }
    this.#append(value);
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
    await this.#chunks.return?.();
  }

  #append(chunk: Uint8Array): void {
    const steps = this.#window.append(chunk, this.#at);
    this.#at -= steps * STEP_BYTES;
    if (steps > 0) this.#index.slide(steps);
    // Of a large record every chunk is summed up when it comes, rather than everything at its end.
    if (this.#window.end - this.#at > LARGE_BYTES) this.#index.extend(this.#window.bytes, this.#window.end);
  }

  #readOn(): Step {
    const { bytes, end } = this.#window;
    if (this.#at === end) return this.#isWhole ? 'end' : 'more';
    if (!this.view.tryRead(bytes, this.#at, end)) {
      if (this.view.incomplete && !this.#isWhole) return 'more';
      return this.#beginDamage(this.view.faultReason, this.#at + 1);
    }
    if (!this.#hasRightChecksum()) return this.#beginDamage('The checksum of a record is wrong', this.#at + 1);
    const wrong = this.#whatIsWrong();
    return wrong === undefined ? this.#accept() : this.#beginDamage(wrong, this.view.end);
  }

  #accept(): Step {
    const { view } = this;
    this.#lastLow = view.offsetLow;
    this.#lastHigh = view.offsetHigh;
    this.#advance(view.end);
    return 'record';
  }

  #beginDamage(reason: string, searchFrom: number): Step {
    this.#damagedFrom = this.#window.origin + this.#at;
    this.#reason = reason;
    this.#advance(searchFrom);
    return this.#search();
  }

  #search(): Step {
    const { view } = this;
    const { bytes, end } = this.#window;
    const pause = this.#at + SEARCH_BYTES;
    for (let at = nextCandidate(bytes, this.#at, end); ; at = nextCandidate(bytes, this.#at, end)) {
      this.#advance(at);
      if (at === end) return this.#isWhole ? this.#endDamage() : 'more';
      if (at > pause) return this.#pause();
      if (this.#isDear()) {
        this.#advance(at + 1);
      } else if (!view.tryRead(bytes, at, end)) {
        if (view.incomplete && !this.#isWhole) return 'more';
        this.#payHeaders();
        this.#advance(at + 1);
      } else if (!this.#hasRightChecksum()) {
        this.#payHeaders();
        this.#advance(at + 1);
      } else if (this.#whatIsWrong() === undefined) {
        return this.#endDamage();
      } else {
        // A whole record, though not one for here: what is inside it is nobody's business.
        this.#advance(view.end);
      }
    }
  }

  #endDamage(): Step {
    const offset = this.#damagedFrom ?? 0; // only called while there is damage
    this.damage = { file: this.file, offset, bytes: this.#window.origin + this.#at - offset, reason: this.#reason };
    this.#damagedFrom = undefined;
    return 'damaged';
  }

  #pause(): Step {
    this.#isPaused = true;
    return 'more';
  }

  #advance(to: number): void {
    const credit = CREDIT_PER_BYTE * (to - this.#at);
    this.#sumCredit = Math.min(this.#sumCredit + credit, MOST_CREDIT);
    this.#headerCredit = Math.min(this.#headerCredit + credit, MOST_CREDIT);
    this.#at = to;
  }

  /** Of a record whose bytes are right, or undefined. */
  #whatIsWrong(): string | undefined {
    const { view } = this;
    const { offsetHigh, offsetLow } = view;
    if (offsetHigh < this.#lastHigh || (offsetHigh === this.#lastHigh && offsetLow <= this.#lastLow)) {
      return 'A whole record whose offset is not above the one before it';
    }
    return view.headerCount === 0 ? undefined : headerFault(view);
  }

  /**
   * Sound files are summed up directly, each byte once. Damaged ones may make many records out of the same bytes, one
   * for each place that claims a length: those that come on top are asked of the index, whatever their length.
   */
  #hasRightChecksum(): boolean {
    const { bytes, start, end } = this.view;
    const last = end - CRC_BYTES;
    const length = last - start;
    const isDirect = length <= SHORT_BYTES || (length <= LARGE_BYTES && this.#sumCredit >= length);
    if (isDirect && length > SHORT_BYTES) this.#sumCredit -= length;
    const found = isDirect ? crc32c(bytes, start, last) : this.#index.checksum(bytes, start, last);
    return found === readU32(bytes, last);
  }

  /** Headers must be gone through one by one; bytes that claim thousands of them over and over are not believed for ever. */
  #isDear(): boolean {
    return this.#headerCredit <= 0 && this.#at + 1 < this.#window.end && this.#window.bytes[this.#at + 1] > FEW_HEADERS;
  }

  #payHeaders(): void {
    const { headerCount, headersStart, end } = this.view;
    if (headerCount > FEW_HEADERS) this.#headerCredit -= Math.min(2 * headerCount, Math.max(end - headersStart, 0));
  }
}

/** The next place from `from` on where a record may begin: with a zero, but not with more zeros than a record can. */
function nextCandidate(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== 0) at++;
  let behind = at;
  while (behind < end && bytes[behind] === 0) behind++;
  return Math.max(at, behind - MOST_ZEROS);
}

function headerFault(view: RecordView): string | undefined {
  try {
    checkHeaders(view);
    return undefined;
  } catch (error) {
    if (error instanceof RecordFault) return error.reason;
    throw error;
  }
}
