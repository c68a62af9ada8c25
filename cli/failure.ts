/** A command that did what it could and has to say no: the message is the reason, without a code. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** A repair that was done, but could not bring back everything. */
export class SomethingLost extends CommandFailed {}
const LOST_EXIT_CODE = 3;

/** The reader of our output went away (`lithify scan | head`): nothing is wrong, there is just nobody to write for. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
export type StopSignal = keyof typeof SIGNAL_NUMBERS;
export const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}; the store is closed`);
    this.exitCode = 128 + SIGNAL_NUMBERS[signal];
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof OutputClosed) return 0;
  if (error instanceof SomethingLost) return LOST_EXIT_CODE;
  return error instanceof Interrupted ? error.exitCode : 1;
}

/** One line, code first where there is one; undefined when there is nothing to say. */
export function reasonOf(error: unknown): string | undefined {
  if (error instanceof OutputClosed) return undefined;
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');
  const code = codeOf(error);
  return code === undefined || message.startsWith(code) ? message : `${code}: ${message}`;
}

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
