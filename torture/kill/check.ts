import { type Engine, type OpenOptions, open } from '../../index.ts';
import { quiet } from '../../spec/support/engines.ts';
import { faultInBlobs } from '../../spec/support/store-contents.ts';
import { checkPlain, checkRuns } from './check-keys.ts';
import { checkCommitted, checkFolded, checkNext, checkSolo } from './check-topics.ts';
import { checkTransactions } from './check-transactions.ts';
import { type Content, contentOf } from './content.ts';
import { BrokenPromise, type Chapter, issuedRecords, nameOf, type Survivors, settled } from './history.ts';
import { isStaged, optionsOf } from './operations.ts';

/**
 * Compares what is in a store with what was issued and acknowledged; throws BrokenPromise where the two cannot both be. Returns the
 * same chapters with what survived of each.
 */
export function checkContent(chapters: readonly Chapter[], content: Content): Chapter[] {
  const { keys, records, next } = content;
  const [plain, runs, transactions] = ['k', 'r', 't'].map((letter) => new Map([...keys].filter(([key]) => key.startsWith(letter))));
  if (plain === undefined || runs === undefined || transactions === undefined) throw new RangeError('There are three kinds of keys.');
  if (plain.size + runs.size + transactions.size < keys.size) throw new BrokenPromise('there is a key that nobody ever wrote');
  const plains = checkPlain(chapters, plain);
  const ingests = checkRuns(chapters, runs);
  const whole = checkTransactions(chapters, transactions, records);
  const solo = checkSolo(chapters, records.get('solo/0') ?? []);
  const folded = checkFolded(chapters, records.get('folded/0') ?? []);
  checkNext(chapters, 'solo', [next.get('solo/0') ?? 0]);
  checkNext(chapters, 'folded', [next.get('folded/0') ?? 0]);
  checkNext(chapters, 'mixed', [next.get('mixed/0') ?? 0, next.get('mixed/1') ?? 0]);
  checkCommitted(chapters, content.committed, next.get('solo/0') ?? 0);
  return chapters.map((chapter, i) => ({
    ...chapter,
    survivors: survivorsOf(chapter, {
      plain: plains[i] ?? { exact: 0, least: 0, most: 0 },
      solo: solo[i] ?? 0,
      folded: folded[i] ?? new Set(),
      transactions: whole,
      runs: ingests,
    }),
  }));
}

/** What was found before may have been compacted away or replaced since, and is part of the history all the same. */
function survivorsOf(chapter: Chapter, found: Survivors): Survivors {
  const { operations, survivors } = chapter;
  const own = (all: ReadonlySet<number>) => new Set([...all].filter((n) => operations.has(n)));
  return {
    ...found,
    folded: new Set([...(survivors?.folded ?? []), ...found.folded]),
    transactions: own(found.transactions),
    runs: new Set([...(survivors?.runs ?? []), ...own(found.runs)]),
    ...(survivors === undefined && {
      inDoubt: { folded: new Set(issuedRecords(chapter, 'folded').map(nameOf)), runs: new Set(operations.keys()) },
    }),
  };
}

/** Large values of records that survived, and can be in no compaction's way. */
function stagedIn(chapters: readonly Chapter[], options: OpenOptions): number {
  let count = 0;
  for (const chapter of chapters) {
    const solo = issuedRecords(chapter, 'solo').slice(0, chapter.survivors?.solo);
    const mixed = issuedRecords(chapter, 'mixed').filter(({ n }) => chapter.survivors?.transactions.has(n));
    for (const { record } of [...solo, ...mixed]) if (isStaged(record, options)) count++;
  }
  return count;
}

/** In this thread, for a kill has to be judged quickly. */
function checkingOptions(seed: number): OpenOptions {
  return { ...optionsOf(seed), workers: 0, durability: 'os' };
}

/**
 * Opens what a kill has left, and looks at everything: its content, every block, and, when it has come to rest and is closed, the
 * blobs that are left. Nothing is open when it returns or throws.
 */
export async function checkStore(location: string, seed: number, chapters: readonly Chapter[]): Promise<Chapter[]> {
  const options = checkingOptions(seed);
  const checked = await inStore(location, options, async (engine) => {
    const content = await contentOf(engine);
    const known = checkContent(chapters, content);
    await expectSound(engine);
    await comeToRest(engine);
    checkContent(known.map(settled), await contentOf(engine));
    return known;
  });
  const fault = await faultInBlobs(location, stagedIn(checked, options));
  if (fault !== undefined) throw new BrokenPromise(`blobs at rest: ${fault}`);
  return checked;
}

/** The same of a copy that was made while the victim wrote: nothing has to come to rest in it. */
export async function checkCopy(location: string, seed: number, chapters: readonly Chapter[]): Promise<void> {
  await inStore(location, checkingOptions(seed), async (engine) => {
    checkContent(chapters, await contentOf(engine));
    await expectSound(engine);
  });
}

async function inStore<T>(location: string, options: OpenOptions, look: (engine: Engine) => Promise<T>): Promise<T> {
  await using engine = await open(location, { ...options, createIfMissing: false });
  return await look(engine);
}

async function expectSound(engine: Engine): Promise<void> {
  const { damage } = await engine.verify();
  if (damage.length > 0) throw new BrokenPromise(`verify finds damage after a kill: ${JSON.stringify(damage.slice(0, 3))}`);
}

/** A merge may end, and leave garbage, while the last of it is being collected. */
async function comeToRest(engine: Engine): Promise<void> {
  await engine.ask({ type: 'MinorCompact' });
  for (let round = 0; round < 5 && (round === 0 || engine.stats().garbage.blobs > 0); round++) await quiet(engine);
}
