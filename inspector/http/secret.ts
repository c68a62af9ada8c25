import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 24;

/** What makes the page's address unguessable. */
export class Secret {
  readonly text = randomBytes(SECRET_BYTES).toString('base64url');
  readonly #digest = digestOf(this.text);

  /** Takes as long for a near miss as for any other. */
  is(guess: string): boolean {
    return timingSafeEqual(digestOf(guess), this.#digest);
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
