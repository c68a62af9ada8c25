import { Observable, type Subscriber } from 'rxjs';

/**
 * What an iterator of records gives, as a cold Observable that does not run ahead: the next record is pulled only after
 * `work` with this one has settled and the subscriber's `next` has returned. A record comes out when its work is done.
 * Unsubscribing returns the iterator, also while it waits; so does an error of `work`, which is the stream's error too.
 */
export function records$<T>(open: () => AsyncIterator<T>, work?: (record: T) => unknown): Observable<T> {
  return new Observable((subscriber) => {
    const iterator = open();
    subscriber.add(() => {
      // Whoever has left does not hear that leaving failed.
      iterator.return?.().catch(() => undefined);
    });
    void pump(iterator, subscriber, work);
  });
}

async function pump<T>(iterator: AsyncIterator<T>, subscriber: Subscriber<T>, work?: (record: T) => unknown): Promise<void> {
  try {
    while (!subscriber.closed) {
      const { done, value } = await iterator.next();
      if (done === true) return subscriber.complete();
      if (subscriber.closed) return;
      if (work !== undefined) await work(value);
      subscriber.next(value);
    }
  } catch (error) {
    subscriber.error(error);
  }
}
