import type { LogRecord, Offset } from '../../../protocol/log.ts';
import type { Strategy, StrategySpec } from '../strategy.ts';

/** One of lithify's own: also usable by hand, inside a strategy of one's own. */
export interface BuiltInStrategy<S> extends Strategy<S> {
  key(record: LogRecord): bigint | string | undefined;
  init(): S;
  collect(state: S): ReadonlyMap<bigint | string, Offset>;
  /** What a thread needs to do the same in flat memory; undefined when functions were given. */
  readonly spec: StrategySpec | undefined;
  /** Is the record's own key its key? Then jobs need not make a record to learn its key. */
  readonly hasPlainKey: boolean;
}
