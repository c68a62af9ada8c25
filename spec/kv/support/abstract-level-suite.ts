import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { tempDirectory } from '../../support/engines.ts';

const RUN = fileURLToPath(new URL('run-suite.ts', import.meta.url));

/** What the suite printed, counted. */
export interface SuiteReport {
  readonly passed: number;
  /** Lines of TAP that say what failed. */
  readonly failed: readonly string[];
  /** Tests that were passed over, with the reason that they give. */
  readonly skipped: readonly string[];
  /** Assertions that the run announced at its end; undefined: it did not get there. */
  readonly planned: number | undefined;
  readonly stores: number;
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** Runs abstract-level's own suite on fresh databases in a process of its own. */
export async function runSuite(t: ExecutionContext, storage: 'level' | 'memory'): Promise<SuiteReport> {
  const directory = await tempDirectory(t);
  const child = spawn(process.execPath, ['--conditions=lithify-source', RUN, directory, storage], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => void child.kill('SIGKILL'));
  const [tap, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { ...readTap(tap), exitCode: exitCode as number | null, stderr };
}

export function readTap(tap: string): Omit<SuiteReport, 'exitCode' | 'stderr'> {
  const lines = tap.split('\n');
  const number = (pattern: RegExp) => lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
  const planned = number(/^1\.\.(\d+)$/);
  return {
    passed: lines.filter((line) => /^ok \d+/.test(line) && !isSkipped(line)).length,
    failed: lines.filter((line) => /^not ok /.test(line) || /^Bail out!/.test(line)),
    skipped: lines.filter(isSkipped),
    planned: planned === undefined ? undefined : Number(planned),
    stores: Number(number(/^# stores (\d+)$/) ?? 0),
  };
}

/** `ok 12 # SKIP why`, or tape's `# SKIP title` for a test that was never begun. */
function isSkipped(line: string): boolean {
  return /^(not )?ok .*# SKIP\b/.test(line) || /^# SKIP\b/.test(line);
}
