/** What a chart was asked for, and how often each was answered: the books of promise 4. */
export class Ledger {
  readonly #answers = new Map<string, string[]>();
  readonly #unasked: string[] = [];

  owe(id: string): void {
    this.#answers.set(id, []);
  }

  answer(id: string, how: string): void {
    const answers = this.#answers.get(id);
    if (answers === undefined) this.#unasked.push(`${id} was answered ${how}, though nobody had asked`);
    else this.#answers.set(id, [...answers, how]);
  }

  /** Asked for and not answered. */
  get open(): string[] {
    return [...this.#answers].filter(([, answers]) => answers.length === 0).map(([id]) => id);
  }

  /** Answered more than once, or unasked. */
  get wrong(): string[] {
    const twice = [...this.#answers].filter(([, answers]) => answers.length > 1);
    return [...this.#unasked, ...twice.map(([id, answers]) => `${id} was answered ${answers.join(', ')}`)];
  }
}
