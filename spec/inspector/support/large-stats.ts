import type { Engine, EngineStats } from '../../../index.ts';

const LARGE = 'x'.repeat(500_000);

/** Stats so large that a connection nobody reads from is soon full: they are in every frame. */
export function largeStats(engine: Engine): () => EngineStats {
  return () => ({ ...engine.stats(), notPicked: [LARGE] });
}
