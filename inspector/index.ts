import type { Engine } from '../kv/engine.ts';
import type { InspectOptions, Inspector } from '../protocol/inspection.ts';

/** Serves the local page of an engine. LITHIFY_INVALID_ARGUMENT; the port's own error with its code as the cause. */
export async function inspect(_engine: Engine, _options: InspectOptions = {}): Promise<Inspector> {
  throw new Error('being written');
}
