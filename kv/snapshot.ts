import { AbstractSnapshot } from 'abstract-level';
import { LithifyError } from '../protocol/errors.ts';
import type { KvSource, Moment } from './source.ts';

/** Its types leave out what the constructor takes: which database closes the snapshot when it is closed itself. */
const Base = AbstractSnapshot as unknown as new (options: { owner: object }) => AbstractSnapshot;

/** One moment of a store, for the `snapshot` option of reads. It costs space until it is closed, and no time. */
export class LevelSnapshot extends Base {
  readonly #source: KvSource;
  readonly #moment: Moment;

  /** The moment is given back when the snapshot is closed, with its owner at the latest. */
  constructor(source: KvSource, moment: Moment, options: { owner: object }) {
    super(options);
    this.#source = source;
    this.#moment = moment;
  }

  async _close(): Promise<void> {
    this.#moment.release();
  }

  /** LITHIFY_INVALID_ARGUMENT: not a snapshot, or one of another store. */
  static momentOf(snapshot: unknown, source: KvSource): Moment {
    if (snapshot instanceof LevelSnapshot && snapshot.#source === source) return snapshot.#moment;
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', 'The snapshot is not one of this database: take one with its snapshot().', {
      details: { option: 'snapshot' },
    });
  }
}
