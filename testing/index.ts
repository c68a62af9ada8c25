/**
 * `lithify/testing`: an application on a simulated disk and clock, with faults and crashes that follow from a seed.
 * @module
 */
export type { CrashKind } from './disk/crash.ts';
export { SimulatedDisk } from './disk/disk.ts';
export type { DatabaseHabits } from './disk/simulated-database.ts';
export { faultyBlobStore } from './faults/faulty-blob-store.ts';
export { faultyDatabase } from './faults/faulty-database.ts';
export { faultyFiles } from './faults/faulty-files.ts';
export { Operations, type Surroundings } from './faults/operations.ts';
export { type Fault, type FaultRule, FaultRules, type Operation, type OperationKind } from './faults/rules.ts';
export type { Life } from './life.ts';
export { Random } from './random.ts';
export { type Scenario, type SimulateOptions, SimulationError, type SimulationReport, simulate } from './simulate.ts';
export type { CrashPoint, Simulation } from './simulation.ts';
