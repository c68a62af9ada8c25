import type { LogRecord } from '../../../protocol/log.ts';
import { keyBasedRetention } from '../../../storage/log/strategies/key-based.ts';
import { nthKeyBasedRetention } from '../../../storage/log/strategies/nth-key-based.ts';
import type { Strategy } from '../../../storage/log/strategy.ts';

/** What specs load as a module, in this thread or in another. */

export const newest = keyBasedRetention(3);

/** A function that makes one. */
export default function makeNth(): Strategy {
  return nthKeyBasedRetention(3, 2);
}

export const byName = keyBasedRetention(3, { key: (record: LogRecord) => record.headers[0]?.key });

export const notAStrategy = 5;
export const lacking = { init: (): number => 0 };
export function throwing(): never {
  throw new Error('no secret');
}
