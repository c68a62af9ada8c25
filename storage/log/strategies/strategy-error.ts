import { type ErrorDetails, LithifyError, messageOf } from '../../../protocol/errors.ts';
import type { Offset } from '../../../protocol/log.ts';

/** Whose compaction it is. */
export interface StrategyPlace {
  readonly topic: string;
  readonly partition: number;
}

interface Circumstances {
  readonly offset?: Offset;
  readonly cause?: unknown;
  /** Further details. */
  readonly more?: ErrorDetails;
}

/** `what`: such as 'reduce threw'. */
export function strategyError(place: StrategyPlace, what: string, more: Circumstances = {}): LithifyError {
  const { topic, partition } = place;
  const at = more.offset === undefined ? '' : ` at offset ${more.offset}`;
  const why = more.cause === undefined ? '' : `: ${messageOf(more.cause)}`;
  const message = `The compaction strategy of topic ${JSON.stringify(topic)}, partition ${partition}: ${what}${at}${why}. Nothing was dropped.`;
  const details = { topic, partition, ...(more.offset !== undefined && { offset: more.offset }), ...more.more };
  return new LithifyError('LITHIFY_STRATEGY', message, { details, ...(more.cause !== undefined && { cause: more.cause }) });
}
