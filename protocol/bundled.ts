import { LithifyError } from './errors.ts';

/** LITHIFY_UNSUPPORTED: a bundler has made `what` unfindable. `remedy`: another way out than to leave lithify out of the bundle. */
export function bundled(what: string, cause?: unknown, remedy = ''): LithifyError {
  const message = `${what} is not beside this code, as happens where a bundler makes lithify part of another file. Leave it out of the bundle (esbuild: --packages=external, or --external:lithify)${remedy}; docs/guide.md#bundle has more.`;
  return new LithifyError('LITHIFY_UNSUPPORTED', message, { cause });
}
