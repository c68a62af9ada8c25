import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/**
 * What a git command prints, piece by piece as it comes: only as far ahead as pipes reach. Throws git's own words when
 * it fails, and ends it when the reader leaves early.
 */
export async function* runGit(repository: string, args: readonly string[]): AsyncGenerator<Uint8Array> {
  // A setting of the user's may leave the root commit out of a log; there is no option for it.
  const git = spawn('git', ['-C', repository, '-c', 'log.showRoot=true', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(git, 'close'); // rejects when there is no git to start
  closed.catch(() => undefined);
  const complaint = text(git.stderr).catch(() => '');
  try {
    yield* git.stdout as AsyncIterable<Uint8Array>; // no encoding is set
    const [code] = await closed;
    if (code !== 0) throw new Error(`git ${args[0]} failed: ${(await complaint).trim() || `exit ${code}`}`);
  } finally {
    git.kill();
  }
}

/** Cuts at NUL bytes. `-z` ends every field with one, so that a path may hold anything else, line ends included. */
export async function* fields(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = data.indexOf(0); end !== -1; end = data.indexOf(0, start)) {
      yield data.subarray(start, end);
      start = end + 1;
    }
    rest = data.subarray(start);
  }
  if (rest.length > 0) throw new Error('git stopped in the middle of a field');
}
