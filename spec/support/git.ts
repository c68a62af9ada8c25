import { spawnSync } from 'node:child_process';

/** Whoever runs the specs has settings of their own; they must not matter. */
const ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };

export function git(repository: string, args: readonly string[], input: string | Uint8Array = ''): string {
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', repository, ...args], { env: ENV, input, maxBuffer: 2 ** 28 });
  if (status !== 0) throw error ?? new Error(`git ${args[0]}: ${stderr}`);
  return stdout.toString('utf8');
}

/** One commit of a `git fast-import` stream. Paths are quoted as git does it, so they may hold anything but NUL. */
export class FastImport {
  readonly #parts: string[] = ['feature done\n'];
  #mark = 0;

  commit(branch: string, changes: readonly string[], parents: { from?: number; merge?: number } = {}): number {
    const mark = ++this.#mark;
    this.#parts.push(
      `commit refs/heads/${branch}\nmark :${mark}\ncommitter Spec <spec@example.org> ${1_700_000_000 + mark} +0000\n${data(`commit ${mark}`)}`,
    );
    if (parents.from !== undefined) this.#parts.push(`from :${parents.from}\n`);
    if (parents.merge !== undefined) this.#parts.push(`merge :${parents.merge}\n`);
    this.#parts.push(...changes, '\n');
    return mark;
  }

  toString(): string {
    return `${this.#parts.join('')}done\n`;
  }
}

export function file(path: string, content: string, mode = '100644'): string {
  return `M ${mode} inline ${quoted(path)}\n${data(content)}`;
}

export function submodule(path: string, id: string): string {
  return `M 160000 ${id} ${quoted(path)}\n`;
}

export function remove(path: string): string {
  return `D ${quoted(path)}\n`;
}

export function rename(from: string, to: string): string {
  return `R ${quoted(from)} ${quoted(to)}\n`;
}

function data(content: string): string {
  return `data ${Buffer.byteLength(content, 'latin1')}\n${content}\n`;
}

/** Octal for everything unusual. Paths are written one character a byte (latin1). */
function quoted(path: string): string {
  return `"${path.replace(/[^\w./ -]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;
}
