import { parentPort, workerData } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { checksum } from '../../platform/checksum.ts';
import { LithifyError, toWireError } from '../../protocol/errors.ts';
import type { JobSpec } from '../../storage/jobs/job.ts';
import { threadApi } from '../../storage/jobs/thread-api.ts';
import { Faults } from './faults.ts';

// A storage worker as platform/worker.ts is one, whose jobs fail when the spec in the main thread wants them to.
if (parentPort === null) throw new Error('This module is a worker thread of the specs.');
const faults = Faults.attach(workerData as SharedArrayBuffer);
const api = threadApi(checksum);

const run: typeof api.run = async (job, control) => {
  faults.waitWhileHeld(job.kind);
  const fault = faults.take(job.kind);
  if (fault === undefined) return api.run(job, control);
  if (fault === 'refused') return { ok: false, error: toWireError(failure(job.kind, 'LITHIFY_SST')) };
  if (fault === 'storage fails') return { ok: false, error: toWireError(failure(job.kind, 'LITHIFY_BLOB_STORE')) };
  // Everything is written, and nobody will ever know.
  await api.run(job, control);
  process.exit(1);
};

function failure(kind: JobSpec['kind'], code: 'LITHIFY_SST' | 'LITHIFY_BLOB_STORE'): LithifyError {
  return new LithifyError(code, `Injected: the ${kind} job fails.`);
}

Comlink.expose({ ...api, run }, parentPort as unknown as Comlink.Endpoint);
