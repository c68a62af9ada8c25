import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a module in a Node of its own until it exits by itself; rejects when it exits with an error. */
export function runScript(source: string): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ['--conditions=lithify-source', '--input-type=module', '--eval', source]);
}
