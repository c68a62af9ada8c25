import { type ErrorCode, LithifyError } from '../../../protocol/errors.ts';

/** The coded error that the work rejects with; anything else fails the test. */
export async function refusal(code: ErrorCode, work: () => Promise<unknown>): Promise<LithifyError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof LithifyError && error.code === code) return error;
    throw error;
  }
  throw new Error(`It did not fail with ${code}.`);
}
