import type { SimulatedDisk } from '../../testing/disk/disk.ts';
import { Random } from '../../testing/random.ts';
import type { SmallStore } from './builder.ts';
import { replace, type Target, targetsIn, valueOn } from './targets.ts';

export type Way = 'flip' | 'cut' | 'empty' | 'extend' | 'remove' | 'swap' | 'older';

/** One thing that is not as it was written. */
export interface Damage {
  readonly way: Way;
  /** For people: what, and how. */
  readonly name: string;
  /** What is another than it was; a swap is two. */
  readonly targets: readonly Target[];
  /** What stands in the place of the first of them; undefined: nothing. */
  readonly bytes: Uint8Array | undefined;
  apply(disk: SimulatedDisk): void;
}

const CUTS = 4;
const SWAPS = 3;

/** All of a store's damages, each of which a seed decides the details of: which bit, where it is cut, what it is exchanged with. */
export function damagesOf({ disk, earlier }: Pick<SmallStore, 'disk' | 'earlier'>, seed: number): Damage[] {
  const random = new Random(seed).fork('damages');
  const targets = targetsIn(disk);
  return targets.flatMap((target) => [
    ...flips(target, random),
    ...cuts(target, random),
    instead('empty', target, target.bytes.subarray(0, 0)),
    instead('extend', target, joined(target.bytes, new Uint8Array(1)), 'by a zero'),
    instead('extend', target, joined(target.bytes, target.bytes), 'by itself'),
    instead('remove', target, undefined),
    ...swaps(target, targets, random),
    ...olderOnes(target, earlier),
  ]);
}

function flips(target: Target, random: Random): Damage[] {
  return Array.from(target.bytes, (_, at) => {
    const bytes = new Uint8Array(target.bytes);
    bytes[at] ^= 1 << random.below(8);
    return instead('flip', target, bytes, `at ${at}`);
  });
}

function cuts(target: Target, random: Random): Damage[] {
  const { length } = target.bytes;
  const lengths = new Set([1, length >> 1, length - 1, ...Array.from({ length: CUTS }, () => 1 + random.below(length - 1))]);
  return [...lengths].map((left) => instead('cut', target, target.bytes.subarray(0, left), `to ${left} of ${length} bytes`));
}

/** With others of its kind: its neighbours, and some that are drawn. */
function swaps(target: Target, targets: readonly Target[], random: Random): Damage[] {
  const peers = targets.filter(({ kind }) => kind === target.kind);
  if (peers.length < 2) return [];
  const at = peers.indexOf(target);
  const drawn = Array.from({ length: SWAPS }, () => peers[random.below(peers.length)]);
  const others = new Set(
    [peers[(at + 1) % peers.length], ...drawn].filter((other) => other !== target && !isEqual(other.bytes, target.bytes)),
  );
  return [...others].map((other) => ({
    way: 'swap',
    name: `${target.name} and ${other.name} swapped`,
    targets: [target, other],
    bytes: other.bytes,
    apply: (disk) => {
      replace(disk, target, other.bytes);
      replace(disk, other, target.bytes);
    },
  }));
}

/** What stood there before. */
function olderOnes(target: Target, earlier: readonly SimulatedDisk[]): Damage[] {
  const found: Damage[] = [];
  for (const [age, disk] of earlier.entries()) {
    const bytes = valueOn(disk, target);
    if (bytes !== undefined && !isEqual(bytes, target.bytes)) found.push(instead('older', target, bytes, `than moment ${age + 1}`));
  }
  return found;
}

function instead(way: Way, target: Target, bytes: Uint8Array | undefined, how = ''): Damage {
  const name = `${target.name}: ${way} ${how}`.trimEnd();
  return { way, name, targets: [target], bytes, apply: (disk) => replace(disk, target, bytes) };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
