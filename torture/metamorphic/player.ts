import type { Kind, Of, Operation } from './operations.ts';
import type { Performer, Visible } from './performer.ts';
import { shownError } from './shown-error.ts';

/** What everything comes to: played at the end of every list. */
const LAST: readonly Operation[] = [
  { kind: 'scan', what: 'iterator', range: {} },
  { kind: 'scan', what: 'iterator', range: { reverse: true } },
  { kind: 'topics' },
  { kind: 'verify' },
  { kind: 'checkpoint' },
  { kind: 'reopen' },
  { kind: 'scan', what: 'iterator', range: {} },
  { kind: 'topics' },
  { kind: 'ask', type: 'MajorCompaction' },
  { kind: 'ask', type: 'GarbageCollect' },
  { kind: 'checkpoint' },
  { kind: 'verify' },
];

/** One line an operation: what could be seen of it. */
export type History = readonly string[];

/** What the lines of a history stand for. */
export function played(operations: readonly Operation[]): readonly Operation[] {
  return [...operations, ...LAST];
}

/**
 * Plays a list, what it comes to included. In the history is what a user can rely upon: values, offsets, codes of errors. Not in it
 * are sizes, reports and statistics, and of a topic that is compacted by itself what a compaction may take.
 */
export async function play(operations: readonly Operation[], performer: Performer, after?: () => Promise<void>): Promise<History> {
  const history: string[] = [];
  for (const operation of played(operations)) {
    history.push(JSON.stringify(await settled(performer, operation)));
    await after?.();
  }
  history.push(JSON.stringify(await performer.end()));
  return history;
}

/** Calls in this turn. */
export async function settled<K extends Kind>(performer: Performer, operation: Of<K>): Promise<Visible> {
  try {
    // The kind says which one takes it; TypeScript does not follow that through a union.
    const perform = performer[operation.kind as K] as (one: Of<K>) => Promise<Visible>;
    return await perform(operation);
  } catch (error) {
    return shownError(error);
  }
}
