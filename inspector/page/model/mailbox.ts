import type { EngineStats } from '../../../protocol/stats.ts';

type Mailbox = EngineStats['mailbox'];

/** What waits, users' messages and the engine's own tickets together; `depth` counts the former only. */
export function waitingIn({ byType }: Pick<Mailbox, 'byType'>): number {
  return Object.values(byType).reduce((sum, count) => sum + count, 0);
}

/** The most first; what does not wait is left out. */
export function waitingByType({ byType }: Pick<Mailbox, 'byType'>): (readonly [type: string, count: number])[] {
  return Object.entries(byType)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
}
