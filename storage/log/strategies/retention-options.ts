import { LithifyError } from '../../../protocol/errors.ts';
import type { LogRecord } from '../../../protocol/log.ts';

/** What the built-in strategies can be told beside their sizes. With a function in it, the work is done in this process. */
export interface RetentionOptions {
  /** What counts as the record's key, instead of its u64. undefined: the record is left alone. */
  readonly key?: (record: LogRecord) => bigint | string | undefined;
  /**
   * Which records say that their key is deleted. Such a record hides what came before it, and goes itself after the
   * topic's tombstone delay. Default: none does.
   */
  readonly tombstone?: 'empty-value' | ((record: LogRecord) => boolean);
}

type Predicate = (record: LogRecord) => boolean;

/** The options, sound and with their defaults filled in. */
export interface RetentionFunctions {
  readonly key: (record: LogRecord) => bigint | string | undefined;
  readonly tombstone: Predicate | undefined;
  /** Is the record's own key its key? */
  readonly hasPlainKey: boolean;
  /** Can a thread do without these functions? */
  readonly isPlain: boolean;
  readonly emptyIsTombstone: boolean;
}

/** `name`: of the strategy. LITHIFY_INVALID_ARGUMENT. */
export function retentionFunctions(name: string, options: unknown): RetentionFunctions {
  if (typeof options !== 'object' || options === null) throw invalid(name, 'options', 'an object');
  const { key, tombstone, ...rest } = options as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(name, unknown, 'absent: the options are key and tombstone');
  if (key !== undefined && typeof key !== 'function') throw invalid(name, 'key', 'a function of a record');
  if (tombstone !== undefined && tombstone !== 'empty-value' && typeof tombstone !== 'function')
    throw invalid(name, 'tombstone', "'empty-value' or a function of a record");
  const emptyIsTombstone = tombstone === 'empty-value';
  return {
    key: key === undefined ? ownKey : (key as RetentionFunctions['key']),
    tombstone: emptyIsTombstone ? isEmpty : (tombstone as Predicate | undefined),
    hasPlainKey: key === undefined,
    isPlain: key === undefined && typeof tombstone !== 'function',
    emptyIsTombstone,
  };
}

/** Of maxKeys and n: a pass that has room for no key never ends. */
export function wholeFromOne(strategy: string, name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) throw invalid(strategy, name, 'a whole number from 1', value);
  return value;
}

function ownKey(record: LogRecord): bigint {
  return record.key;
}

function isEmpty(record: LogRecord): boolean {
  return record.value.length === 0;
}

function invalid(strategy: string, field: string, wanted: string, value?: unknown): LithifyError {
  const given = value === undefined ? '' : `, not ${typeof value === 'number' ? value : typeof value}`;
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `${strategy}: ${field} must be ${wanted}${given}.`, { details: { field } });
}
