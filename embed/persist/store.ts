import type { AnyEventObject } from 'xstate';
import type { Engine } from '../../kv/engine.ts';
import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import { compareBytes } from '../../storage/entry.ts';
import { decoded, encoded } from './codec.ts';
import { type Envelope, envelopeOf, formatOf, otherVersion, type Stored } from './envelope.ts';
import { storableEvent } from './events.ts';
import { type HistoryEntry, historyRecord, readHistory, registerHistory } from './histories.ts';
import { keyOf } from './keys.ts';
import type { Settings } from './options.ts';
import { storableSnapshot } from './snapshots.ts';

/** One actor's place in the store. */
export class ActorStore {
  readonly id: string;
  readonly #settings: Settings;
  readonly #key: string;
  /** What was there when it was looked at last, until `letGo`. */
  #seen: Uint8Array | undefined;

  constructor(settings: Settings, id: string) {
    this.id = id;
    this.#settings = settings;
    this.#key = keyOf(id);
  }

  get engine(): Engine {
    return this.#settings.engine;
  }

  /** undefined: there is nothing yet. LITHIFY_CLOSED, _CORRUPTION, _INVALID_ARGUMENT (another version), each naming the id. */
  read(): Stored | undefined {
    this.#seen = this.#bytes();
    if (this.#seen === undefined) return undefined;
    const { codec } = this.#settings;
    return this.#migrated(envelopeOf(decoded(codec, this.#seen, `The state of actor '${this.id}'`), this.id));
  }

  /** Since it was read. */
  get isChanged(): boolean {
    const [seen, now] = [this.#seen, this.#bytes()];
    return seen === undefined || now === undefined ? seen !== now : compareBytes(seen, now) !== 0;
  }

  /** Nobody else writes from now on. */
  letGo(): void {
    this.#seen = undefined;
  }

  /** The event as its history will have it. LITHIFY_INVALID_ARGUMENT: something in it cannot be kept. */
  encodedEvent(event: AnyEventObject): Uint8Array {
    return encoded(this.#settings.codec, storableEvent(event), 'event');
  }

  /**
   * State and event, whole or not at all; without an event, the state alone. What cannot be encoded is refused before anything is
   * written.
   */
  write(stored: Stored, event: Uint8Array | undefined): Promise<unknown> {
    const { engine, codec, version, history, topic } = this.#settings;
    const { state, ends } = stored;
    const plain = { state: storableSnapshot(state), ends: ends.map(storableEvent) };
    const envelope: Envelope = { format: formatOf(stored), version, ...stored, ...plain };
    const bytes = encoded(codec, envelope, 'actor');
    registerHistory(engine, topic, history);
    return engine.write((tx) => {
      tx.put(this.#key, bytes);
      if (history > 0 && event !== undefined) tx.produce(topic, historyRecord(this.id, stored.revision, stored.at, event));
    });
  }

  history(last: number): Promise<HistoryEntry[]> {
    const { engine, topic, history, codec } = this.#settings;
    return readHistory(engine, topic, this.id, Math.min(last, history), codec);
  }

  #bytes(): Uint8Array | undefined {
    const { engine } = this.#settings;
    try {
      return engine.kv.getSync<string, Uint8Array>(this.#key, { valueEncoding: 'view' });
    } catch (error) {
      if (engine.kv.status !== 'open') throw closed(this.id, error);
      throw asLithifyError(error, 'LITHIFY_READER_UNAVAILABLE', `The state of actor '${this.id}' cannot be read`);
    }
  }

  #migrated(envelope: Envelope): Stored {
    const { version, migrate } = this.#settings;
    if (envelope.version === version) return envelope;
    if (migrate === undefined) throw otherVersion(this.id, envelope.version, version);
    try {
      return { ...envelope, state: migrate(envelope.state, envelope.version) };
    } catch (error) {
      throw asLithifyError(error, 'LITHIFY_INVALID_ARGUMENT', `Actor '${this.id}' cannot be migrated from version ${envelope.version}`);
    }
  }
}

function closed(id: string, cause: unknown): LithifyError {
  return new LithifyError('LITHIFY_CLOSED', `The engine of actor '${id}' is closed; open it, and make the actor anew.`, {
    cause,
    details: { id },
  });
}
