import fc, { type Arbitrary, type Parameters } from 'fast-check';

/**
 * Asserts a property until its runs are over, or the time is. fast-check leaves the run that this comes upon to itself, with
 * its store open: here it is waited for, and counts as all others do.
 */
export async function assertWithin<Given>(
  ms: number,
  given: Arbitrary<Given>,
  holds: (given: Given) => Promise<void>,
  parameters: Parameters<[Given]>,
): Promise<void> {
  let last: Promise<void> = Promise.resolve();
  const property = fc.asyncProperty(given, (one) => {
    last = holds(one);
    return last;
  });
  try {
    await fc.assert(property, { ...parameters, interruptAfterTimeLimit: ms });
  } finally {
    await Promise.allSettled([last]);
  }
  await last;
}
