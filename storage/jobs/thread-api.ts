import { LithifyError, toWireError, type WireError } from '../../protocol/errors.ts';
import { BlobIds } from '../blobs/blob-ids.ts';
import { createBlobStore } from '../blobs/database-blob-store.ts';
import { TakenIds } from '../blobs/taken-ids.ts';
import { WritePermits } from '../blobs/write-permits.ts';
import type { Database } from '../database.ts';
import { openLevelDatabase } from '../level-database.ts';
import type { Checksum, JobContext, JobResults, JobSpec } from './job.ts';
import { runJob } from './run-job.ts';
import { SharedControl } from './shared-control.ts';

/** What a worker thread needs to work on the same store. Buffers are shared, everything else is copied. */
export interface ThreadSetup {
  /** The real path that the main thread opened: another spelling would destroy the store. */
  readonly location: string;
  readonly writeBufferBytes: number;
  readonly ids: ArrayBufferLike;
  readonly epoch: number;
  readonly permits: ArrayBufferLike;
  readonly permitSlot: number;
}

/** Where the thread says which blobs its job has begun, so that they can be deleted when it dies. */
export interface ThreadOpening extends ThreadSetup {
  readonly taken: ArrayBufferLike;
}

/** How a thread gets at its storage; the defaults are LevelDB, and batches as large as the blob store makes them. */
export interface ThreadStorage {
  readonly openDatabase?: typeof openLevelDatabase;
  readonly batchBytes?: number;
}

/** Errors travel as data: a thread's boundary keeps neither their code nor their cause. */
export type ThreadReply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: WireError };

/** What Comlink exposes in a worker thread. */
export interface ThreadApi {
  open(setup: ThreadOpening): Promise<ThreadReply<undefined>>;
  run(job: JobSpec, control: ArrayBufferLike): Promise<ThreadReply<JobResults[JobSpec['kind']]>>;
  close(): Promise<ThreadReply<undefined>>;
}

export function threadApi(checksum: Checksum, { openDatabase = openLevelDatabase, ...storage }: ThreadStorage = {}): ThreadApi {
  let opened: { database: Database; context: Omit<JobContext, 'control'> } | undefined;
  return {
    open: (setup) =>
      replied(async () => {
        const { location, writeBufferBytes, permits, permitSlot, ids, epoch } = setup;
        const database = await openDatabase(location, { writeBufferBytes, createIfMissing: false });
        const blobs = createBlobStore(database, { ...storage, checksum, writePermits: WritePermits.attach(permits, permitSlot) });
        const counter = BlobIds.attach(ids, epoch);
        const taken = TakenIds.attach(setup.taken);
        opened = { database, context: { blobs, checksum, nextBlobId: () => taken.note(counter.next()) } };
        return undefined;
      }),
    run: (job, control) =>
      replied(() => {
        if (opened === undefined) throw new LithifyError('LITHIFY_INTERNAL', 'A job came before the thread had opened the store.');
        return runJob(job, { ...opened.context, control: SharedControl.attach(control) });
      }),
    close: () =>
      replied(async () => {
        await opened?.database.close();
        opened = undefined;
        return undefined;
      }),
  };
}

async function replied<T>(work: () => Promise<T>): Promise<ThreadReply<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: toWireError(error) };
  }
}
