/** Something for each pair of words that was met, such as a job and how it ended. A pair that is there is found without garbage. */
export class Pairs<T> {
  readonly #make: () => T;
  readonly #found = new Map<string, Map<string, T>>();

  constructor(make: () => T) {
    this.#make = make;
  }

  at(first: string, second: string): T {
    const row = this.#found.get(first) ?? this.#row(first);
    const there = row.get(second);
    if (there !== undefined) return there;
    const made = this.#make();
    row.set(second, made);
    return made;
  }

  entries(): { readonly first: string; readonly second: string; readonly value: T }[] {
    return [...this.#found].flatMap(([first, row]) => [...row].map(([second, value]) => ({ first, second, value })));
  }

  #row(first: string): Map<string, T> {
    const row = new Map<string, T>();
    this.#found.set(first, row);
    return row;
  }
}
