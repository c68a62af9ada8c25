/** So many frames are ours before the caller's come, at most: a sublevel's iterator has the most. */
const FRAMES = 30;

/** Where our own code and that of the database class is, as it stands in a stack; in a bundle that is CommonJS nobody knows. */
const ROOT = URL.parse('..', import.meta.url)?.href;
const OURS = ROOT === undefined ? [] : ['actors/', 'kv/', 'storage/'].map((room) => ROOT + room);
const ABSTRACT_LEVEL = '/node_modules/abstract-level/';

/** Where this was called from; the stack is made readable, which costs the most, when it is asked for. */
export function whereabouts(): () => string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const here = new Error('held');
  Error.stackTraceLimit = limit;
  return () => theirs(here.stack);
}

/** One line a frame, without ours in front; all of them when there are no others. */
function theirs(stack: string | undefined): string | undefined {
  const frames =
    stack
      ?.split('\n')
      .slice(1)
      .map((line) => line.trim()) ?? [];
  const first = frames.findIndex((frame) => !isOurs(frame));
  return frames.length === 0 ? undefined : frames.slice(Math.max(0, first)).join('\n');
}

function isOurs(frame: string): boolean {
  return frame.includes(ABSTRACT_LEVEL) || OURS.some((room) => frame.includes(room));
}
