/** One mechanism of the store that is taken out, in a copy. */
export interface Bug {
  /** What the copy does wrong. */
  readonly name: string;
  /** Of the eight in docs/trust.md: the one that it breaks. */
  readonly promise: number;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What should find it, from seed 1 on, within so many rounds. */
  readonly attack: string;
  readonly rounds: number;
  /** Found within a few seconds: `npm test` plants these. */
  readonly isQuick?: boolean;
}

/** The source with the bug in it. Throws when it does not fit any more: source and bug have come apart. */
export function planted({ name, file, find, replace }: Bug, source: string): string {
  const count = source.split(find).length - 1;
  if (count === 1) return source.replace(find, () => replace);
  const what = count === 0 ? 'is not there' : `is there ${count} times`;
  throw new Error(`The bug '${name}' cannot be planted: in ${file} what it replaces ${what}:\n${find}\nBring torture/planted/ up to date.`);
}
