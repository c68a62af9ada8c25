/** Remembers one answer for as long as the same is asked: a page is drawn far more often than what it draws changes. */
export class LastAnswer<T> {
  #last: { readonly asked: readonly unknown[]; readonly answer: T } | undefined;

  of(asked: readonly unknown[], make: () => T): T {
    if (!this.#last?.asked.every((part, at) => part === asked[at])) this.#last = { asked, answer: make() };
    return this.#last.answer;
  }
}
