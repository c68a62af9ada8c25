import { spawn } from 'node:child_process';
import { endWithSpecs } from '../../support/children.ts';
import { ended } from '../../support/cli.ts';

const PROGRAM = new URL('../../../cli/program.ts', import.meta.url).href;
const END = '\u0000';

const SCRIPT = `
const { runCommandLine } = await import(${JSON.stringify(PROGRAM)});
for (const args of JSON.parse(process.argv[1])) {
  const code = await runCommandLine(args);
  process.stderr.write(code + ${JSON.stringify(END)});
  process.stdout.write(${JSON.stringify(END)});
}`;

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands one after the other, as a user does but for this: one process for all, since its start takes longest. */
export async function lithifyEach(commands: readonly (readonly string[])[]): Promise<Said[]> {
  const args = ['--conditions=lithify-source', '--input-type=module', '--eval', SCRIPT, '--', JSON.stringify(commands)];
  const { stdout, stderr } = await ended(endWithSpecs(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })));
  const outputs = stdout.split(END);
  return stderr
    .split(END)
    .slice(0, -1)
    .map((said, at) => {
      const [, text = '', code] = /^(.*?)(\d+)$/s.exec(said) ?? [];
      return { code: Number(code), stdout: outputs[at] ?? '', stderr: text };
    });
}
