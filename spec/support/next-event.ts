import type { Engine, EngineEvent } from '../../index.ts';

type EventOf<T extends EngineEvent['type']> = Extract<EngineEvent, { readonly type: T }>;

/** Nothing else may: an engine that only waits for its next try holds no process, and a spec would end unfinished. */
const FOREVER_MS = 2 ** 31 - 1;

/** The next event of this type for which `isIt` holds. Rejects when the engine closes before it comes. */
export function nextEvent<T extends EngineEvent['type']>(
  { events$ }: Pick<Engine, 'events$'>,
  type: T,
  isIt: (event: EventOf<T>) => boolean = () => true,
): Promise<EventOf<T>> {
  const held = setInterval(() => {}, FOREVER_MS);
  const came = new Promise<EventOf<T>>((resolve, reject) => {
    const subscription = events$.subscribe({
      next: (event) => {
        const [found] = ofType([event], type);
        if (found === undefined || !isIt(found)) return;
        queueMicrotask(() => subscription.unsubscribe());
        resolve(found);
      },
      complete: () => reject(new Error(`the engine closed before ${type}`)),
    });
  });
  return came.finally(() => clearInterval(held));
}

export function ofType<T extends EngineEvent['type']>(events: readonly EngineEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}
