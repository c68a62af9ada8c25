/** Every chart of the engine, as XState machines without what they do: to look at, to draw, to simulate. */
export { compactorMachine } from './compactor.ts';
export { engineMachine } from './engine.ts';
export { logCompactorMachine } from './log-compactor.ts';
export { mailboxMachine } from './mailbox/mailbox.ts';
export { tabletMachine } from './tablet.ts';
export { workerMachine } from './worker.ts';
export { writerMachine } from './writer.ts';
