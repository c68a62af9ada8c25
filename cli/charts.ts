import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { chartOf, machineJson, machines, mermaidOf } from 'lithify/machines';
import { CommandFailed, codeOf } from './failure.ts';
import { fileFailure, makeDirectory, orFileFailure } from './file-failure.ts';
import { plural, table } from './format.ts';
import { jsonOption, nonEmpty } from './options.ts';
import { print } from './output.ts';

interface Options {
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface Drawn {
  readonly id: string;
  readonly states: number;
  readonly transitions: number;
  /** Their content, by their name. */
  readonly files: Readonly<Record<string, string>>;
}

export function registerCharts(program: Command): void {
  program
    .command('charts')
    .description("write every state chart of the engine: as JSON, as a Mermaid diagram, and as source for Stately's editor")
    .addOption(new Option('--out <dir>', 'directory, made if it is missing').argParser(nonEmpty).makeOptionMandatory())
    .option('--force', 'take the place of files that are there and differ')
    .addOption(jsonOption('print what was written as JSON'))
    .action(writeCharts);
}

async function writeCharts({ out, force = false, json }: Options): Promise<void> {
  const directory = resolve(out);
  const drawn = Object.values(machines).map(draw);
  await writeAll(directory, Object.assign({}, ...drawn.map(({ files }) => files)), force);
  await print(json ? JSON.stringify(drawn.map((one) => listed(one, directory))) : writtenText(drawn, directory));
}

function draw(machine: (typeof machines)[keyof typeof machines]): Drawn {
  const { id } = machine;
  const { nodes, edges } = chartOf(machine);
  const config = JSON.stringify(machineJson(machine), undefined, 2);
  const files = {
    [`${id}.machine.json`]: `${config}\n`,
    [`${id}.machine.ts`]: `import { createMachine } from 'xstate';\n\nexport const machine = createMachine(${config});\n`,
    [`${id}.mmd`]: `${mermaidOf(machine)}\n`,
  };
  // The first node is the machine itself.
  return { id, states: nodes.length - 1, transitions: edges.length, files };
}

/** All of them or, where something else is in the way, none. */
async function writeAll(directory: string, files: Readonly<Record<string, string>>, force: boolean): Promise<void> {
  const wanted: [path: string, content: string][] = [];
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    const present = await contentOf(path);
    if (present === content) continue;
    if (present !== undefined && !force)
      throw new CommandFailed(`${path} is there and is not what would be written; --force takes its place`);
    wanted.push([path, content]);
  }
  await makeDirectory(directory);
  for (const [path, content] of wanted) await orFileFailure(writeFile(path, content, { flag: force ? 'w' : 'wx' }), path, 'write');
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fileFailure(error, path, 'write');
  }
}

function listed({ files, ...counts }: Drawn, directory: string) {
  return { ...counts, files: Object.keys(files).map((name) => join(directory, name)) };
}

function writtenText(drawn: readonly Drawn[], directory: string): string {
  const rows = drawn.map(({ id, states, transitions, files }): [string, string] => {
    return [id, `${plural(states, 'state')}, ${plural(transitions, 'transition')}: ${Object.keys(files).join(', ')}`];
  });
  return `${table(rows)}\nin ${directory}`;
}
