import type { Socket } from 'node:net';

const MOST = 64;

/**
 * A bounded number of connections. Who has not shown the secret makes room for who comes, the oldest first: so nobody who does
 * not know it can keep out those who do.
 */
export class Connections {
  readonly #strangers = new Set<Socket>();
  #count = 0;

  enter(socket: Socket): void {
    this.#count++;
    this.#strangers.add(socket);
    socket.once('close', () => {
      this.#count--;
      this.#strangers.delete(socket);
    });
    if (this.#count > MOST) this.#sendAway();
  }

  /** It has shown the secret, and stays. */
  know(socket: Socket): void {
    this.#strangers.delete(socket);
  }

  /** Where all others are known it is the one that has just come. */
  #sendAway(): void {
    const [oldest] = this.#strangers;
    this.#strangers.delete(oldest);
    oldest.destroy();
  }
}
