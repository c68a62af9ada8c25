import type { Runtime } from '../protocol/runtime.ts';
import type { JobContext, JobSpec, ResultOf } from '../storage/jobs/job.ts';
import { runJob } from '../storage/jobs/run-job.ts';
import type { SharedControl } from '../storage/jobs/shared-control.ts';
import type { JobRunner } from './worker-thread.ts';

/** Holding the event loop for longer than this between two turns would be felt. */
const TURN_EVERY_MS = 2;

/** Does jobs in this thread, block by block, giving the event loop a turn every few milliseconds. */
export function inProcessRunner(context: () => Omit<JobContext, 'control' | 'turn'>, runtime: Runtime): JobRunner {
  let last = runtime.clock.now();
  const turn = (): Promise<void> | undefined => {
    if (runtime.clock.now() - last < TURN_EVERY_MS) return undefined;
    return runtime.turn().then(() => {
      last = runtime.clock.now();
    });
  };
  return {
    async run<J extends JobSpec>(job: J, control: SharedControl): Promise<ResultOf<J>> {
      last = runtime.clock.now();
      return runJob(job, { ...context(), control, turn });
    },
  };
}
