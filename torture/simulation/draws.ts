import type { Random } from '../../testing/index.ts';
import type { KeyChange, NewEntry } from './writes.ts';

/** Of the two, one is compacted while it is written. */
export const TOPICS = { plain: 'plain', compacted: 'compacted' } as const;

/** So few that most writes take the place of others. */
export const KEYS = 60;
const ENTRY_KEYS = 8;
export const GROUPS = ['readers', 'others'] as const;

export function keyOf(number: number): string {
  return `k${String(number).padStart(3, '0')}`;
}

/** Values tell which call wrote them. */
export function valueOf(call: number, random: Random): string {
  return `${call}:${'.'.repeat(random.below(60))}`;
}

export function drawPut(random: Random, call: number): KeyChange {
  return { type: 'put', key: keyOf(random.below(KEYS)), value: valueOf(call, random) };
}

/** At least one of them is a put, so that it can be told whether it is there. */
export function drawBatch(random: Random, call: number, most = 10): KeyChange[] {
  const count = 2 + random.below(most - 2);
  const rest = Array.from({ length: count }, (): KeyChange => {
    return random.chance(0.3) ? { type: 'del', key: keyOf(random.below(KEYS)) } : drawPut(random, call);
  });
  return [...rest, drawPut(random, call)];
}

export function drawRange(random: Random): { gte: string; lt: string } {
  const from = random.below(KEYS);
  return { gte: keyOf(from), lt: keyOf(from + 1 + random.below(random.chance(0.1) ? KEYS : 8)) };
}

export function drawEntries(random: Random, call: number, topic: string = random.pick(Object.values(TOPICS))): NewEntry[] {
  return [{ topic, key: random.below(ENTRY_KEYS), value: `${topic} ${call} ${'.'.repeat(random.below(80))}` }];
}

/** So large that a memtable of few KiB does not take it in. */
export function drawLarge(random: Random, call: number): NewEntry[] {
  return drawEntries(random, call).map((entry) => ({ ...entry, value: `${entry.value}${'.'.repeat(1_000 + random.below(8_000))}` }));
}
