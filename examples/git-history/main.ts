#!/usr/bin/env node
/**
 * Replays the history of a git repository through an engine with small memtables, so that many compactions run, then
 * compares the store with HEAD: `node examples/git-history/main.ts [--log] PATH`. Exit 1 on any difference.
 * With --log it goes into a commit log instead of the key-value table, and is compared once that is compacted.
 */
import { runExample } from '../checkout.ts';

await runExample(() => import('./run.ts'));
