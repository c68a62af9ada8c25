import { isMainThread } from 'node:worker_threads';
import { retentionFor } from '../../../examples/temperature-sensors/strategy.ts';

if (isMainThread) throw new Error('A strategy in a module is loaded by the threads that do the work, not by the main thread.');

/** Room for three sensors at once. */
export const narrowRetention = retentionFor(3);
