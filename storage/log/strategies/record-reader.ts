import { LithifyError, messageOf } from '../../../protocol/errors.ts';
import type { LogRecord } from '../../../protocol/log.ts';
import type { BlockSource } from '../../sst/block-source.ts';
import type { StagedValue } from '../part.ts';
import { type RecordView, toLogRecord } from '../record.ts';
import { readStaged } from '../staged-values.ts';
import type { StrategyPlace } from './strategy-error.ts';

/** Makes the records that functions of the user's see, with the values that are kept elsewhere. */
export class RecordReader {
  readonly #place: StrategyPlace;
  readonly #source: BlockSource;
  readonly #turn: (() => Promise<void> | undefined) | undefined;

  constructor(place: StrategyPlace, source: BlockSource, turn?: () => Promise<void> | undefined) {
    this.#place = place;
    this.#source = source;
    this.#turn = turn;
  }

  /** What the view points at. LITHIFY_CORRUPTION names the offset. */
  async of(view: RecordView, staged: StagedValue | undefined): Promise<LogRecord> {
    return this.read(view, staged && (await readStaged(this.#source, staged, this.#turn)));
  }

  /** The same of a record whose value is in it. */
  read(view: RecordView, value?: Uint8Array): LogRecord {
    const { topic, partition } = this.#place;
    try {
      return toLogRecord(view, topic, partition, value);
    } catch (cause) {
      const { offset } = view;
      const message = `The record at offset ${offset} of topic ${JSON.stringify(topic)}, partition ${partition}: ${messageOf(cause)}. Verify the store; restore or repair it.`;
      throw new LithifyError('LITHIFY_CORRUPTION', message, { cause, details: { topic, partition, offset } });
    }
  }
}
