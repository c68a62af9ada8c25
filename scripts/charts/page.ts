import { type MachineId, machines, mermaidOf } from '../../machines/index.ts';
import { PURPOSES } from './purposes.ts';

const HEAD = `# The charts

What decides in lithify who does what, and when, is XState machines. These are all of them, as they run: this page is made
from the machines by \`npm run charts\`, and a spec fails when it is behind
([charts-are-in-step](../spec/charts/charts-are-in-step.spec.ts)). \`npx lithify inspect --db DIR\` shows them live.

\`lithify/machines\` exports them, without what they do, for you to look at, draw or simulate:

\`\`\`ts
import { chartOf, machineJson, machines, mermaidOf } from 'lithify/machines';

console.log(mermaidOf(machines.compactor)); // a Mermaid diagram, as below
console.log(JSON.stringify(machineJson(machines.compactor))); // what createMachine() of XState reads again
console.log(chartOf(machines.compactor).edges); // states and transitions as plain data
\`\`\`

All three take any XState machine, not only ours. \`npx lithify charts --out DIR\` writes each machine as \`ID.machine.json\`, as
\`ID.mmd\`, and as \`ID.machine.ts\` with the \`createMachine\` call that Stately Studio imports.

How to read a diagram: \`done: NAME\` and \`error: NAME\` come when what a state runs has ended or failed, \`after NAME\` after a delay,
\`always\` at once; a guard is in brackets, and of several transitions for one event the first whose guard holds is taken; those
between the same two states share an arrow, a line each. Lines in a state are what it runs, what it does on the way in and out, and events
that change no state. A box *anywhere in …* holds in every state around it.
`;

/** docs/charts.md */
export function chartsPage(): string {
  return [HEAD, ...Object.keys(PURPOSES).map((id) => section(id as MachineId))].join('\n');
}

function section(id: MachineId): string {
  return `## ${id}\n\n${PURPOSES[id]}\n\n\`\`\`mermaid\n${mermaidOf(machines[id])}\n\`\`\`\n`;
}
