import type { ChildProcess } from 'node:child_process';
import test from 'ava';

const running = new Set<ChildProcess>();

/** A process goes with the file of specs that started it, however that ends: it would keep a file whose test failed from ending. */
export function endWithSpecs<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

test.after.always('nothing is left running', endAll);
// A file that timed out is ended without its hooks.
process.once('exit', endAll);
