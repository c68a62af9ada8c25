import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';

/**
 * What a victim meant to do and what it was told is done, in a file beside its store. Lines of text: `open` when a process
 * begins, `i N` before operations up to N are issued, `a N offset…` when N has been acknowledged, with the offsets of its
 * records. Synced before the operations are issued; a last line that was cut off says nothing.
 */
export class IntentFile implements Disposable {
  readonly #fd: number;
  /** Of the last operation that some process has issued. */
  readonly issued: number;

  constructor(path: string) {
    const whole = existsSync(path) ? wholeLines(readFileSync(path, 'latin1')) : '';
    if (existsSync(path)) truncateSync(path, whole.length);
    this.issued = sessionsIn(whole).at(-1)?.issued ?? 0;
    this.#fd = openSync(path, 'a');
    this.#write('open\n');
  }

  willIssue(upTo: number): void {
    this.#write(`i ${upTo}\n`);
    fdatasyncSync(this.#fd);
  }

  acknowledged(n: number, offsets: readonly number[]): void {
    this.#write(`${['a', n, ...offsets].join(' ')}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #write(text: string): void {
    writeSync(this.#fd, text);
  }
}

/** An operation that was acknowledged: when, as a place in its session's list of events, and at which offsets. */
export interface Acknowledged {
  readonly at: number;
  readonly offsets: readonly number[];
}

/** What one process did before it was killed. */
export interface Session {
  /** Operations behind `before`, up to `issued`. */
  readonly before: number;
  readonly issued: number;
  readonly acknowledged: ReadonlyMap<number, Acknowledged>;
  /** Places of the `i` lines, ascending: before which place were operations up to `upTo` issued? */
  readonly bursts: readonly { readonly at: number; readonly upTo: number }[];
}

export function readSessions(path: string): Session[] {
  return existsSync(path) ? sessionsIn(readFileSync(path, 'latin1')) : [];
}

export function sessionsIn(text: string): Session[] {
  const sessions: Session[] = [];
  for (const process of wholeLines(text).split('open\n').slice(1)) {
    sessions.push(sessionOf(process.split('\n').slice(0, -1), sessions.at(-1)?.issued ?? 0));
  }
  return sessions;
}

/** As the file stood at a place of it. */
export function until({ before, acknowledged, bursts }: Session, place: number): Session {
  const early = bursts.filter(({ at }) => at < place);
  const acks = new Map([...acknowledged].filter(([, { at }]) => at < place));
  return { before, issued: early.at(-1)?.upTo ?? before, acknowledged: acks, bursts: early };
}

/** Where in its session an operation was issued. */
export function issuedAt({ bursts }: Session, n: number): number {
  return bursts.find(({ upTo }) => n <= upTo)?.at ?? Number.POSITIVE_INFINITY;
}

function sessionOf(lines: readonly string[], before: number): Session {
  const acknowledged = new Map<number, Acknowledged>();
  const bursts: { at: number; upTo: number }[] = [];
  for (const [at, line] of lines.entries()) {
    const [what, n = Number.NaN, ...offsets] = line.split(' ').map((word, i) => (i === 0 ? word : Number(word)));
    if (typeof n !== 'number' || Number.isNaN(n)) throw new Error(`the intent file has a line that is none: ${JSON.stringify(line)}`);
    if (what === 'i') bursts.push({ at, upTo: n });
    else acknowledged.set(n, { at, offsets: offsets.map(Number) });
  }
  return { before, issued: bursts.at(-1)?.upTo ?? before, acknowledged, bursts };
}

function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1);
}
