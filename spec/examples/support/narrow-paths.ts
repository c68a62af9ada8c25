import { pathRetentionFor } from '../../../examples/git-history/strategy.ts';

/** Room for 40 paths at once. */
export const narrowPaths = pathRetentionFor(40);
