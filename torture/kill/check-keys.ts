import { BrokenPromise, type Chapter, issued, type Lengths } from './history.ts';
import type { Operation, Pair } from './operations.ts';

type Plain = Extract<Operation, { kind: 'write' | 'clear' | 'load' }>;
type Ingest = Extract<Operation, { kind: 'ingest' }>;
type Keys = ReadonlyMap<string, string>;

function isPlain({ kind }: Operation): boolean {
  return kind === 'write' || kind === 'clear' || kind === 'load';
}

/** What may have survived of a session's plain writes: so many of the first ones, from `least` to all. */
interface Plains {
  readonly operations: readonly Plain[];
  readonly least: number;
  readonly most: number;
}

/**
 * Plain writes commit in the order of the calls. So what survives of each session is a prefix of what was issued, with all that
 * was acknowledged in it, and the keys are exactly what these prefixes leave. Returns how long they can be, by session.
 */
export function checkPlain(chapters: readonly Chapter[], found: Keys): Lengths[] {
  const all = chapters.map(plainsOf);
  const fitting = [...prefixesOf(all, new Map(), found)];
  const [first] = fitting;
  if (first !== undefined) {
    return first.map((exact, session) => {
      const lengths = fitting.map((one) => one[session] ?? exact);
      return { exact, least: Math.min(...lengths), most: Math.max(...lengths) };
    });
  }
  const acknowledged = new Map<string, string>();
  for (const { operations, least } of all) for (const one of operations.slice(0, least)) apply(acknowledged, one);
  const windows = all.map(({ least, most }) => `${least} to ${most}`).join(', ');
  throw new BrokenPromise(
    `no prefix of the plain writes (${windows} of each session) leaves what is there; compared with the acknowledged ones: ${differences(acknowledged, found)}`,
  );
}

function plainsOf(chapter: Chapter): Plains {
  const plains = issued(chapter, (operation): operation is Plain => isPlain(operation));
  const operations = plains.map(({ operation }) => operation);
  const { survivors } = chapter;
  if (survivors !== undefined) return { operations, ...survivors.plain };
  return { operations, least: plains.findLastIndex(({ acknowledged }) => acknowledged !== undefined) + 1, most: operations.length };
}

/** Tries every prefix of the first session with every one of the next, and so on; most have only one. */
function* prefixesOf([first, ...others]: readonly Plains[], state: Map<string, string>, found: Keys): Generator<number[], void, void> {
  if (first === undefined) {
    if (isEqual(state, found)) yield [];
    return;
  }
  const { operations, least, most } = first;
  for (const one of operations.slice(0, least)) apply(state, one);
  for (let length = least; ; apply(state, operations[length++])) {
    for (const rest of prefixesOf(others, most > least ? new Map(state) : state, found)) yield [length, ...rest];
    if (length >= most) return;
  }
}

function apply(state: Map<string, string>, operation: Plain | undefined): void {
  if (operation?.kind === 'load') for (const [key, value] of operation.pairs) state.set(key, value);
  else if (operation?.kind === 'clear') {
    for (const key of [...state.keys()]) if (key >= operation.gte && key < operation.lt) state.delete(key);
  } else
    for (const one of operation?.writes ?? []) {
      if (one.type === 'put') state.set(one.key, one.value);
      else state.delete(one.key);
    }
}

function isEqual(expected: Keys, found: Keys): boolean {
  if (expected.size !== found.size) return false;
  for (const [key, value] of expected) if (found.get(key) !== value) return false;
  return true;
}

const EXAMPLES = 4;

function differences(expected: Keys, found: Keys): string {
  const keys = [...new Set([...expected.keys(), ...found.keys()])].filter((key) => expected.get(key) !== found.get(key));
  const said = (value: string | undefined) => (value === undefined ? 'nothing' : JSON.stringify(value.slice(0, 20)));
  return keys
    .slice(0, EXAMPLES)
    .map((key) => `${key} has ${said(found.get(key))}, not ${said(expected.get(key))}`)
    .join('; ');
}

/** A run is wholly of its last acknowledged ingest, or of a later one. Returns which ingests are there. */
export function checkRuns(chapters: readonly Chapter[], found: Keys): Set<number> {
  const there = new Set<number>();
  const all = chapters.flatMap((chapter) =>
    issued(chapter, (operation): operation is Ingest => operation.kind === 'ingest').map((one) => ({
      ...one,
      must: chapter.survivors?.runs.has(one.n) || one.acknowledged !== undefined,
      may: chapter.survivors?.runs.has(one.n) || one.acknowledged !== undefined || isOpen(chapter, one.n),
    })),
  );
  for (const run of [0, 1]) {
    const ofRun = all.filter(({ operation, may }) => operation.run === run && may);
    const last = ofRun.findLastIndex(({ must }) => must);
    const pairs = [...found].filter(([key]) => key.startsWith(`r${run}/`));
    const n = ofRun.slice(Math.max(last, 0)).find(({ operation }) => isSame(operation.pairs, pairs))?.n;
    if (n !== undefined) there.add(n);
    else if (last >= 0 || pairs.length > 0)
      throw new BrokenPromise(
        `run ${run} has ${pairs.length} keys, ${pairs[0]?.join(': ')} first, and is no whole ingest of ${ofRun.slice(Math.max(last, 0)).map((one) => one.n)}`,
      );
  }
  return there;
}

/** Nobody can tell whether it was there once. */
function isOpen({ survivors }: Chapter, n: number): boolean {
  return survivors === undefined || survivors.inDoubt?.runs.has(n) === true;
}

function isSame(expected: readonly Pair[], found: readonly (readonly [string, string])[]): boolean {
  return expected.length === found.length && expected.every(([key, value], i) => found[i]?.[0] === key && found[i]?.[1] === value);
}
