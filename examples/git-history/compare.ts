import { fields, runGit } from './git.ts';

export interface Comparison {
  /** Entries that are the same on both sides. */
  readonly equal: number;
  readonly differences: number;
  /** The first few, in words. */
  readonly examples: readonly string[];
}

export interface Entry {
  readonly path: Uint8Array;
  readonly entry: string;
}

/** Compares entries, which come in the order of their bytes, with `git ls-tree -r HEAD`, holding one of each side. */
export async function compareWithHead(ours: AsyncGenerator<Entry, void>, repository: string): Promise<Comparison> {
  const tally = new Tally();
  const theirs = readHead(repository);
  try {
    let [mine, git] = [await next(ours), await next(theirs)];
    while (mine !== undefined || git !== undefined) {
      const order = compareEntries(mine, git);
      if (order === 0) tally.both(mine, git);
      else if (order < 0) tally.differ(mine, 'is in the store, not in HEAD');
      else tally.differ(git, 'is in HEAD, not in the store');
      if (order <= 0) mine = await next(ours);
      if (order >= 0) git = await next(theirs);
    }
  } finally {
    await Promise.all([ours.return(undefined), theirs.return(undefined)]);
  }
  return tally;
}

const EXAMPLES = 10;

class Tally implements Comparison {
  equal = 0;
  differences = 0;
  readonly examples: string[] = [];

  both(mine: Entry | undefined, git: Entry | undefined): void {
    if (mine?.entry === git?.entry) this.equal++;
    else this.differ(mine, `is ${mine?.entry} in the store and ${git?.entry} in HEAD`);
  }

  differ(entry: Entry | undefined, how: string): void {
    this.differences++;
    if (this.examples.length < EXAMPLES) this.examples.push(`${JSON.stringify(Buffer.from(entry?.path ?? []).toString('utf8'))} ${how}`);
  }
}

/** Both sides come in the order of their bytes, so the lesser path is missing on the other side. */
function compareEntries(mine: Entry | undefined, git: Entry | undefined): number {
  if (mine === undefined) return 1;
  return git === undefined ? -1 : Buffer.compare(mine.path, git.path);
}

async function next(source: AsyncGenerator<Entry, void>): Promise<Entry | undefined> {
  const result = await source.next();
  return result.done ? undefined : result.value;
}

/** `mode type id TAB path`, each a field. */
async function* readHead(repository: string): AsyncGenerator<Entry, void> {
  for await (const field of fields(runGit(repository, ['ls-tree', '-r', '-z', '--full-tree', 'HEAD']))) {
    const tab = field.indexOf(0x09);
    const [mode, , id] = Buffer.from(field.subarray(0, tab)).toString('latin1').split(' ');
    yield { path: field.subarray(tab + 1), entry: `${mode} ${id}` };
  }
}
