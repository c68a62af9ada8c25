import type { Kind, Of } from './operations.ts';

/** What can be seen of an operation, as plain data. What may depend on the configuration is not in it. */
export type Visible = null | number | boolean | string | readonly Visible[] | { readonly [name: string]: Visible };

/** Does operations, and shows what comes of them. What rejects is shown by its code. */
export type Performer = {
  readonly [K in Kind]: (operation: Of<K>) => Promise<Visible>;
} & {
  /** Waits for what is still going on, lets everything go, and shows what went wrong with it. */
  readonly end: () => Promise<Visible>;
};
