import { fields, runGit } from './git.ts';

/** A path after a commit: what it is now, or null when the commit removed it. */
export interface Change {
  readonly path: Uint8Array;
  /** `mode id`, as in `100644 d00491fd7e5bb6fa28c517a0bb32b8b506539d4d`: files, symlinks and submodules alike. */
  readonly entry: string | null;
}
export interface Commit {
  readonly id: string;
  readonly changes: readonly Change[];
}

const LOG = [
  ...['log', '--raw', '--reverse', '--no-renames', '--first-parent', '-m', '--no-abbrev', '-z'],
  // The user's own settings must not hide a change: a merge, a submodule, paths outside a subdirectory.
  ...[
    '--diff-merges=first-parent',
    '--ignore-submodules=none',
    '--no-relative',
    '--no-show-signature',
    '--no-color',
    '--no-ext-diff',
    '--no-notes',
  ],
  ...['-O/dev/null', '--format=tformat:commit %H', 'HEAD', '--'],
];

/** The commits of HEAD's first-parent line, oldest first: replayed one after the other they give HEAD's tree. */
export function readHistory(repository: string): AsyncGenerator<Commit> {
  return parseLog(fields(runGit(repository, LOG)));
}

/**
 * `commit ID`, then for each change `:oldmode newmode oldid newid status` and its path, every one a field. The first
 * change of a commit begins with a line end. A path is known by its place, not by its looks.
 */
export async function* parseLog(source: AsyncIterable<Uint8Array>): AsyncGenerator<Commit> {
  let commit: { id: string; changes: Change[] } | undefined;
  let entry: string | null | undefined;
  for await (const field of source) {
    if (entry !== undefined) {
      // Copied: the field is a view of a whole chunk, which it would keep alive.
      commit?.changes.push({ path: new Uint8Array(field), entry });
      entry = undefined;
      continue;
    }
    const header = Buffer.from(field.buffer, field.byteOffset, field.byteLength).toString('latin1').trimStart();
    if (header.startsWith(':')) entry = parseChange(header);
    else {
      if (commit !== undefined) yield commit;
      commit = { id: parseCommit(header), changes: [] };
    }
  }
  if (commit !== undefined) yield commit;
}

function parseCommit(header: string): string {
  const id = /^commit ([0-9a-f]{40,64})$/.exec(header)?.[1];
  if (id === undefined) throw new Error(`not a commit of git log: ${JSON.stringify(header)}`);
  return id;
}

function parseChange(header: string): string | null {
  const [, mode, id, status] = /^:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+) ([A-Z])\d*$/.exec(header) ?? [];
  if (mode === undefined || id === undefined) throw new Error(`not a change of git log: ${JSON.stringify(header)}`);
  return status === 'D' ? null : `${mode} ${id}`;
}
