import { setImmediate } from 'node:timers/promises';
import type { Engine } from '../../index.ts';
import { Pipeline } from '../pipeline.ts';
import type { IntentFile } from './intent.ts';
import type { Versions } from './versions.ts';
import { operations, type Workload } from './workload.ts';

/** Batches on their way at once: one commit syncs what came while the commit before it was syncing. */
const IN_FLIGHT = 8;

/** Writes the whole workload at full speed; `versions` follows what is acknowledged. */
export async function runFleet(
  engine: Engine,
  workload: Workload,
  versions: Versions,
  intent: IntentFile | undefined,
  signal: AbortSignal,
): Promise<void> {
  const writes = new Pipeline<number>(IN_FLIGHT, (to) => {
    intent?.acknowledged(to);
    versions.applyTo(to);
  });
  for (let from = 0; from < workload.writes; from += workload.batch) {
    // One commit acknowledges several batches; making as many new ones in one go would hold the event loop.
    await setImmediate();
    signal.throwIfAborted();
    const to = Math.min(workload.writes, from + workload.batch);
    const batch = operations(workload, from, to);
    await writes.start(async () => {
      intent?.issued(to);
      await engine.kv.batch<Uint8Array, Uint8Array>(batch, { keyEncoding: 'view', valueEncoding: 'view' });
      return to;
    });
  }
  await writes.drain();
}
