import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { endWithSpecs } from './children.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command as a user does; the environment's own LITHIFY_DB does not leak in. */
export function startLithify(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const { LITHIFY_DB: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--conditions=lithify-source', MAIN, ...args], { env: { ...inherited, ...env }, stdio: 'pipe' });
  return endWithSpecs(child);
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const [[code, signal], stdout, stderr] = await Promise.all([once(child, 'close'), read(child.stdout), read(child.stderr)]);
  return { code, signal, stdout, stderr };
}

async function read(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? '' : await text(stream).catch(() => '');
}

/** Runs the command to its end. */
export async function lithify(
  args: readonly string[],
  { input = '', env = {} }: { input?: string | Uint8Array; env?: Record<string, string> } = {},
): Promise<Ended> {
  const child = startLithify(args, env);
  // A command that fails early does not read its input to the end, and need not.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return await ended(child);
}

/** A fresh directory that goes with the test. */
export async function freshDirectory(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lithify-spec-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Where a store can be, in a fresh directory: nothing is there yet. */
export async function freshLocation(t: ExecutionContext): Promise<string> {
  return join(await freshDirectory(t), 'store');
}

export function ndjson(...records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}
