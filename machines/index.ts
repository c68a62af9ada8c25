/**
 * `lithify/machines`: every chart of the engine, as XState machines without what they do: to look at, to draw, to simulate.
 * @module
 */
import { compactorMachine } from './compactor.ts';
import { engineMachine } from './engine.ts';
import { logCompactorMachine } from './log-compactor.ts';
import { mailboxMachine } from './mailbox/mailbox.ts';
import { tabletMachine } from './tablet.ts';
import { workerMachine } from './worker.ts';
import { writerMachine } from './writer.ts';

export { type Chart, type ChartEdge, type ChartNode, chartOf } from './charts/chart.ts';
export { machineJson } from './charts/machine-json.ts';
export { mermaidOf } from './charts/mermaid.ts';
export type { Json } from './charts/plain-data.ts';
export { compactorMachine, engineMachine, logCompactorMachine, mailboxMachine, tabletMachine, workerMachine, writerMachine };

/** All of them, by their ids. */
export const machines = {
  engine: engineMachine,
  mailbox: mailboxMachine,
  compactor: compactorMachine,
  'log-compactor': logCompactorMachine,
  tablet: tabletMachine,
  worker: workerMachine,
  writer: writerMachine,
} as const;

export type MachineId = keyof typeof machines;
