import { LithifyError } from '../../protocol/errors.ts';
import type { EngineStats } from '../../protocol/stats.ts';
import type { Core } from '../core.ts';

/** Of an engine that is open, or on its way out; LITHIFY_CLOSED otherwise. */
export function openCore({ state, core }: { readonly state: EngineStats['state']; readonly core: Core }): Core {
  if (state === 'closed') throw new LithifyError('LITHIFY_CLOSED', 'The engine is closed; open it again.');
  return core;
}
