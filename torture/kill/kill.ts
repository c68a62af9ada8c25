import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../testing/random.ts';
import type { Attack, Counts } from '../attack.ts';
import { checkCopy, checkStore } from './check.ts';
import { type Chapter, chapterOf, settled } from './history.ts';
import { issuedAt, readSessions, type Session, until } from './intent.ts';
import { type Moment, Victim } from './victims.ts';

/** So many processes die over one directory. */
const KILLS = 6;
/** How often the next process has to open what a kill has left, before anybody has looked. */
const UNSEEN = 0.3;

/**
 * kill -9 on the real thing: processes work on one directory, one after the other, and each is killed at a random moment. What is
 * left must be what was acknowledged, and of the rest only what the order of the engine allows.
 */
export const KILL: Attack = {
  name: 'kill',
  promises: [1, 2, 3, 6],
  round: (seed, report) => killAgainAndAgain(seed, KILLS, report),
};

export async function killAgainAndAgain(seed: number, kills: number, report: (counts: Counts) => void): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'lithify-kill-'));
  const series = new Series(seed, directory);
  try {
    for (let kill = 1; kill <= kills; kill++) report(await series.next(kill === kills));
  } catch (error) {
    await series.end();
    throw new Error(`kill, seed ${seed}: ${error instanceof Error ? error.message : error} (left in ${directory})`, { cause: error });
  }
  await series.end();
  await rm(directory, { recursive: true, force: true });
}

/** One directory and those who die over it. */
class Series {
  readonly #seed: number;
  readonly #directory: string;
  readonly #random: Random;
  #chapters: Chapter[] = [];
  #victim: Victim;

  constructor(seed: number, directory: string) {
    this.#seed = seed;
    this.#directory = directory;
    this.#random = new Random(seed).fork('kills');
    this.#victim = this.#start();
  }

  get #location(): string {
    return join(this.#directory, 'store');
  }

  async next(isLast: boolean): Promise<Counts> {
    await this.#victim.killAt(momentOf(this.#random));
    const isUnseen = this.#random.chance(UNSEEN) && !isLast;
    // It loads its code while this process looks at what the last one has left.
    if (!isLast) this.#victim = this.#start();
    const session = this.#takeIn();
    const { size } = session.acknowledged;
    const counts = { kills: 1, operations: session.issued - session.before, acknowledged: size };
    if (isUnseen || !this.#mustExist) return counts;
    this.#chapters = await checkStore(this.#location, this.#seed, this.#chapters);
    const checkpoints = await this.#checkCheckpoints();
    this.#chapters = this.#chapters.map(settled);
    return { ...counts, looks: 1, checkpoints };
  }

  async end(): Promise<void> {
    await this.#victim.end();
  }

  #start(): Victim {
    return Victim.start(this.#location, this.#intent, this.#seed);
  }

  get #intent(): string {
    return join(this.#directory, 'intent');
  }

  /** A process may die before the store is made; once something was acknowledged there is no such excuse. */
  get #mustExist(): boolean {
    return existsSync(join(this.#location, 'FORMAT')) || this.#chapters.some(({ session }) => session.acknowledged.size > 0);
  }

  /** The last session of the intent file; one that was killed before its first line has none. */
  #takeIn(): Session {
    const sessions = readSessions(this.#intent);
    for (const session of sessions.slice(this.#chapters.length)) this.#chapters.push(chapterOf(this.#seed, session));
    return sessions.at(-1) ?? { before: 0, issued: 0, acknowledged: new Map(), bursts: [] };
  }

  async #checkCheckpoints(): Promise<number> {
    let count = 0;
    for (const name of await readdir(this.#directory)) {
      const n = Number(/^store-checkpoint-(\d+)$/.exec(name)?.[1]);
      const copy = join(this.#directory, name);
      if (!Number.isNaN(n)) {
        await checkCopy(copy, this.#seed, this.#chaptersOf(n));
        count++;
      }
      // What a crash has left of one that was not ready has a longer name.
      if (name.startsWith('store-checkpoint-')) await rm(copy, { recursive: true, force: true });
    }
    return count;
  }

  /** What must be in a checkpoint was acknowledged when it was asked for; what may be had been issued when it was made. */
  #chaptersOf(n: number): Chapter[] {
    const own = this.#chapters.findIndex(({ operations }) => operations.has(n));
    const { session } = this.#chapters[own] ?? { session: undefined };
    if (session === undefined) throw new Error(`There is a checkpoint that nobody asked for: ${n}.`);
    const made = session.acknowledged.get(n)?.at ?? Number.POSITIVE_INFINITY;
    const asked = until(session, issuedAt(session, n));
    const chapter = chapterOf(this.#seed, { ...until(session, made), acknowledged: asked.acknowledged });
    return [...this.#chapters.slice(0, own), chapter];
  }
}

/** In the midst of opening and of the log's replay, after a time, or after a number of operations. */
function momentOf(random: Random): Moment {
  const never = Number.POSITIVE_INFINITY;
  if (random.chance(0.15)) return { afterMs: random.below(60), afterOperations: never };
  if (random.chance(0.5)) return { afterMs: 20 + random.below(480), afterOperations: never };
  return { afterMs: 2000, afterOperations: 1 + random.below(500) };
}
