import type { RecorderDump, RecorderEntry } from '../../protocol/recorder.ts';
import { inventedEntry } from './invented-frames.ts';

/** A dump of an engine that there is not. */
export function inventedDump(change: Partial<RecorderDump> = {}): RecorderDump {
  return {
    ...{ format: 'lithify-recorder', version: 1, reason: 'asked for', wallMs: Date.UTC(2026, 10, 21, 22, 39, 24, 359) },
    ...{ location: '/srv/other-db', dropped: 0, entries: [inventedEntry(1)] },
    ...change,
  };
}

/** Every entry comes of the one before it, but the first. */
export function inventedChain(count: number): RecorderEntry[] {
  return Array.from({ length: count }, (_, i) =>
    inventedEntry(i + 1, {
      ...{ type: `step ${i + 1}`, actor: `compactor-${i % 3}`, details: { reason: 'memtable 1 is sealed', ticket: i } },
      ...(i > 0 && { cause: i }),
    }),
  );
}
