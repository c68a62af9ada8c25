import { codeOf, LithifyError } from '../protocol/errors.ts';
import type { Runtime } from '../protocol/runtime.ts';
import type { JobContext, JobControl, JobSpec, ResultOf } from '../storage/jobs/job.ts';
import { runJob } from '../storage/jobs/run-job.ts';
import type { JobRunner } from './worker-thread.ts';

/** A runner whose job needs no control that another thread can see. */
export interface InProcessRunner extends JobRunner {
  run<J extends JobSpec>(job: J, control: JobControl): Promise<ResultOf<J>>;
}

/** Holding the event loop for longer than this between two turns would be felt. */
const TURN_EVERY_MS = 2;

/** Does jobs in this thread, block by block, giving the event loop a turn every few milliseconds. */
export function inProcessRunner(context: () => Omit<JobContext, 'control' | 'turn'>, runtime: Runtime): InProcessRunner {
  let last = runtime.clock.now();
  const turn = (): Promise<void> | undefined => {
    if (runtime.clock.now() - last < TURN_EVERY_MS) return undefined;
    return runtime.turn().then(() => {
      last = runtime.clock.now();
    });
  };
  const isCurrent = ({ blobs }: Pick<JobContext, 'blobs'>): boolean => {
    try {
      return context().blobs === blobs;
    } catch {
      return false;
    }
  };
  return {
    async run<J extends JobSpec>(job: J, control: JobControl): Promise<ResultOf<J>> {
      if (runtime.beforeJob !== undefined) await runtime.beforeJob();
      last = runtime.clock.now();
      const given = context();
      try {
        return await runJob(job, { ...given, control, turn });
      } catch (error) {
        throw isOfClosed(error) && !isCurrent(given) ? ended(error) : error;
      }
    },
  };
}

/** What reading and writing by a handle that is closed comes to. */
function isOfClosed(error: unknown): boolean {
  return ['LITHIFY_BLOB_STORE', 'LITHIFY_READER_UNAVAILABLE'].includes(codeOf(error) ?? '');
}

/** As a thread ends then, too: it says nothing about the store, and must not have it opened once more. */
function ended(cause: unknown): LithifyError {
  return new LithifyError('LITHIFY_WORKER_DIED', 'LevelDB was opened again under a job in this thread, which ended it; ask again.', {
    cause,
  });
}

/**
 * A runner for one borrower, who can give its job up: a strategy of the user's may wait for something that never comes, and
 * there is no thread to end. Should the job go on after all, it is told to abort, whatever the borrower's control says then.
 */
export function revocable(inner: InProcessRunner): { readonly runner: JobRunner; revoke(): void } {
  const revoked = Promise.withResolvers<never>();
  // Nobody may be waiting for it.
  revoked.promise.catch(() => undefined);
  let isRevoked = false;
  const under = (control: JobControl): JobControl => ({
    command: () => (isRevoked ? 'abort' : control.command()),
    progress: (entries, bytes) => {
      if (!isRevoked) control.progress(entries, bytes);
    },
  });
  return {
    runner: { run: (job, control) => Promise.race([inner.run(job, under(control)), revoked.promise]) },
    revoke: () => {
      isRevoked = true;
      revoked.reject(new LithifyError('LITHIFY_ABORTED', 'A job in this thread did not stop in time; it was given up.'));
    },
  };
}
