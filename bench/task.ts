import type { Row } from './row.ts';
import type { LibraryName } from './subjects/subject.ts';
import type { Sizes } from './workloads/workload.ts';

/** What one child process is asked to do, as JSON in its first argument. */
export interface Task {
  readonly workload: string;
  readonly subject: LibraryName;
  readonly durability: Row['durability'];
  readonly rows: readonly string[];
  readonly sizes: Sizes;
  /** A directory that is there and empty. */
  readonly directory: string;
}
