import type { Bug } from './bug.ts';
import { COMPACTION_BUGS } from './compaction-bugs.ts';
import { EMBEDDING_BUGS } from './embedding-bugs.ts';
import { LOG_BUGS } from './log-bugs.ts';
import { REST_BUGS } from './rest-bugs.ts';
import { WRITE_BUGS } from './write-bugs.ts';

/** One for each mechanism that a promise rests on. Nothing of it is in what is shipped. */
export const BUGS: readonly Bug[] = [...WRITE_BUGS, ...COMPACTION_BUGS, ...LOG_BUGS, ...REST_BUGS, ...EMBEDDING_BUGS];
