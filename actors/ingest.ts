import type { Core } from './core.ts';
import type { IngestReport } from './ingest/ingest-run.ts';
import type { RawPair } from './ingest/pair-intake.ts';

export type { IngestReport } from './ingest/ingest-run.ts';
export type { RawPair } from './ingest/pair-intake.ts';

/** Strictly ascending keys, straight into tables; visible all at once when it resolves, and nothing of it when it rejects. */
export function ingest(core: Core, pairs: AsyncIterable<RawPair>): Promise<IngestReport> {
  return core.ingests.run(pairs);
}
