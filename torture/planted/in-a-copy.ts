/** Set for the process that attacks a copy: nothing is planted in there. */
export const IN_A_COPY = 'LITHIFY_PLANTED';

export function isInACopy(): boolean {
  return process.env[IN_A_COPY] !== undefined;
}
