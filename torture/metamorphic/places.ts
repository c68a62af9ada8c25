import type { Random } from '../../testing/random.ts';
import type { Of, Operation } from './operations.ts';

type AtMoment = Of<'clear' | 'get' | 'getMany' | 'scan' | 'open'>;

/** What is open at some point of a list, so that what is generated next mostly finds it. */
export class Places {
  readonly #snapshots = new Set<number>();
  readonly #iterators = new Set<number>();
  readonly #subscriptions = new Set<number>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The operation, on what is there; what would find nothing opens it. */
  fitted(operation: Operation): Operation {
    const fitting = this.#fitting(operation);
    this.#note(fitting);
    return fitting;
  }

  #fitting(operation: Operation): Operation {
    switch (operation.kind) {
      case 'step':
      case 'seek':
      case 'rest': {
        const place = this.#oneOf(this.#iterators, operation.place);
        return place === undefined ? { kind: 'open', place: operation.place, range: {} } : { ...operation, place };
      }
      case 'take': {
        const place = this.#oneOf(this.#subscriptions, operation.place);
        return place === undefined ? { kind: 'subscribe', place: operation.place } : { ...operation, place };
      }
      case 'release':
        return this.#snapshots.has(operation.place) ? operation : { kind: 'snapshot', place: operation.place };
      case 'atOnce':
        return { kind: 'atOnce', operations: this.#allFitting(operation.operations) };
      default:
        return 'at' in operation && operation.kind !== 'commit' && operation.at !== undefined ? this.#atMoment(operation) : operation;
    }
  }

  /** Two of them must not use one iterator, and none may look at a moment that is not there. */
  #allFitting(operations: readonly Operation[]): Operation[] {
    const free = [...this.#iterators];
    return operations.flatMap((operation) => {
      if (operation.kind === 'step') return free.length === 0 ? [] : { ...operation, place: free.pop() ?? 0 };
      const fitting = this.#fitting(operation);
      // Beside writes it would be anybody's guess which of them a snapshot sees.
      return fitting.kind === 'snapshot' || fitting.kind === 'subscribe' ? [] : fitting;
    });
  }

  #atMoment(operation: AtMoment): Operation {
    const { at = 0 } = operation;
    const place = this.#oneOf(this.#snapshots, at);
    return place === undefined ? { kind: 'snapshot', place: at } : { ...operation, at: place };
  }

  #oneOf(places: ReadonlySet<number>, wanted: number): number | undefined {
    if (places.has(wanted)) return wanted;
    return places.size === 0 ? undefined : this.#random.pick([...places]);
  }

  #note(operation: Operation): void {
    if (operation.kind === 'snapshot') this.#snapshots.add(operation.place);
    if (operation.kind === 'release') this.#snapshots.delete(operation.place);
    if (operation.kind === 'open') this.#iterators.add(operation.place);
    if (operation.kind === 'rest') this.#iterators.delete(operation.place);
    if (operation.kind === 'subscribe') this.#subscriptions.add(operation.place);
    if (operation.kind === 'drop' && operation.topic === 'plain') this.#subscriptions.clear();
    if (operation.kind !== 'reopen') return;
    for (const places of [this.#snapshots, this.#iterators, this.#subscriptions]) places.clear();
  }
}
