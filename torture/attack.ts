/** What an attack has done so far, by name: `{ kills: 10, operations: 4711 }`. */
export type Counts = Readonly<Record<string, number>>;

/** A machine that tries to break promises of the store (docs/trust.md). */
export interface Attack {
  readonly name: string;
  /** Of the eight in docs/trust.md. */
  readonly promises: readonly number[];
  /** One seed, seconds at most. Throws an Error that names the seed and what broke; `report` adds counts to the summary. */
  round(seed: number, report: (counts: Counts) => void): Promise<void>;
}
