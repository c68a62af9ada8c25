import { runAge } from './age.ts';
import { runAnalyze } from './analyze.ts';
import { runDelete } from './delete.ts';
import { runFlush } from './flush.ts';
import { runIngest } from './ingest.ts';
import type { JobContext, JobResults, JobSpec, ResultOf } from './job.ts';
import { runMerge } from './merge.ts';
import { runRewrite } from './rewrite.ts';
import { runVerify } from './verify.ts';

type Runners = { readonly [K in JobSpec['kind']]: (job: Extract<JobSpec, { kind: K }>, context: JobContext) => Promise<JobResults[K]> };

const RUNNERS: Runners = {
  flush: runFlush,
  ingest: runIngest,
  merge: runMerge,
  delete: runDelete,
  verify: runVerify,
  age: runAge,
  analyze: runAnalyze,
  rewrite: runRewrite,
};

/** Does one job, in a worker or in-process. Every error is a LithifyError, and leaves nothing behind that the job wrote. */
export async function runJob<J extends JobSpec>(spec: J, context: JobContext): Promise<ResultOf<J>> {
  // The table pairs every kind with its own spec and result; TypeScript cannot follow that through an index by a union.
  const run = RUNNERS[spec.kind] as unknown as (job: J, context: JobContext) => Promise<ResultOf<J>>;
  return run(spec, context);
}
