import type { Random } from '../../testing/random.ts';

/** A file of a closed store, by its path below the store's directory. */
export interface StoreFile {
  readonly path: string;
  readonly bytes: number;
}

/** What is done to one file, or to two; places are bytes from its beginning. */
export type Damage =
  | { readonly kind: 'remove'; readonly file: string }
  | { readonly kind: 'cut'; readonly file: string; readonly to: number }
  | { readonly kind: 'flip'; readonly file: string; readonly at: number; readonly bit: number }
  /** Bytes that nobody wrote, as many as there were, or so many. */
  | { readonly kind: 'garbage'; readonly file: string; readonly bytes: number }
  | { readonly kind: 'swap'; readonly file: string; readonly with: string };

/** `blobs/000005.ldb` is a `.ldb`, `manifest/MANIFEST-000004` a `MANIFEST`: files of a kind are read by the same code. */
export function kindOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /\.[a-z]+$/.exec(name)?.[0] ?? name.replace(/-\d+$/, '');
}

/** Everything that is done to whole files, and cuts at several places; no flips, of which there is no end. */
export function wholeDamages(files: readonly StoreFile[]): Damage[] {
  const single = files.flatMap(({ path: file, bytes }): Damage[] => {
    const cuts = [0, Math.floor(bytes / 4), Math.floor(bytes / 2), bytes - 7, bytes - 1].filter((to) => to >= 0 && to < bytes);
    return [
      { kind: 'remove', file },
      ...[...new Set(cuts)].map((to): Damage => ({ kind: 'cut', file, to })),
      ...[...new Set([20, bytes])].map((some): Damage => ({ kind: 'garbage', file, bytes: some })),
    ];
  });
  return [...single, ...swaps(files)];
}

/** Files of a kind with each other, and one of each kind with one of the next. */
function swaps(files: readonly StoreFile[]): Damage[] {
  const found: Damage[] = [];
  for (const [i, { path: file }] of files.entries()) {
    const same = files.slice(i + 1).filter((other) => kindOf(other.path) === kindOf(file));
    for (const other of same) found.push({ kind: 'swap', file, with: other.path });
    const next = files[i + 1];
    if (next !== undefined && kindOf(next.path) !== kindOf(file)) found.push({ kind: 'swap', file, with: next.path });
  }
  return found;
}

/** A bit somewhere in a file: as often in a short one as in a long one, lest only tables are hit. */
export function anyFlip(files: readonly StoreFile[], random: Random): Damage {
  const { path: file, bytes } = random.pick(files.filter((one) => one.bytes > 0));
  // The ends are where headers and footers are.
  const edge = Math.min(bytes, 64);
  const at = random.pick([random.below(bytes), random.below(edge), bytes - 1 - random.below(edge)]);
  return { kind: 'flip', file, at, bit: random.below(8) };
}

export function anyDamage(files: readonly StoreFile[], random: Random): Damage {
  return random.chance(0.5) ? anyFlip(files, random) : random.pick(wholeDamages(files));
}

export function describe(damage: Damage): string {
  switch (damage.kind) {
    case 'remove':
      return `${damage.file} removed`;
    case 'cut':
      return `${damage.file} cut to ${damage.to} bytes`;
    case 'flip':
      return `${damage.file} with bit ${damage.bit} of byte ${damage.at} flipped`;
    case 'garbage':
      return `${damage.file} replaced by ${damage.bytes} bytes of garbage`;
    case 'swap':
      return `${damage.file} swapped with ${damage.with}`;
  }
}
