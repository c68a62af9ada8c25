import { asLithifyError } from '../../protocol/errors.ts';
import type { Files } from '../../protocol/runtime.ts';
import { WritePermits } from '../../storage/blobs/write-permits.ts';
import { allTables } from '../../storage/tablet/version.ts';
import type { Core } from '../core.ts';
import type { EngineCore } from '../engine-core.ts';
import { blobsOf, bytesOf } from './blobs-of.ts';
import { copyBlobs } from './copy-blobs.ts';
import { type Moment, stateOfCopy, takeMoment } from './moment.ts';
import { NewStore } from './new-store.ts';
import type { CheckpointOptions, CheckpointReport } from './options.ts';
import { Target } from './target.ts';

interface Controls extends Required<CheckpointOptions> {}

/** The main thread's, see Store. */
const PERMIT_SLOT = 0;

/** One checkpoint: a moment is taken and leased, its blobs are streamed into a new store beside the target, and that is moved into place. */
export class Checkpoint {
  readonly #engine: EngineCore;
  readonly #core: Core;
  readonly #files: Files;
  readonly #controls: Controls;

  constructor(engine: EngineCore, files: Files, controls: Controls) {
    this.#engine = engine;
    this.#core = engine.core;
    this.#files = files;
    this.#controls = controls;
  }

  async run(directory: string): Promise<CheckpointReport> {
    const { clock, keepAlive } = this.#core.runtime;
    const since = clock.now();
    const letGo = keepAlive();
    try {
      const report = await this.#make(directory);
      return { ...report, ms: clock.now() - since };
    } catch (error) {
      // What was under way fails in many ways when it is taken from under it; only one of them is the reason.
      this.#controls.signal.throwIfAborted();
      throw asLithifyError(error, 'LITHIFY_BLOB_STORE', `A checkpoint to ${directory}`);
    } finally {
      letGo();
    }
  }

  async #make(directory: string): Promise<Omit<CheckpointReport, 'ms'>> {
    const { store, options } = this.#core;
    const { signal } = this.#controls;
    signal.throwIfAborted();
    const target = await Target.at(directory, this.#files, options.storage === 'level' ? store.paths.root : undefined);
    const ask: EngineCore['ask'] = (message, asked) => this.#engine.ask(message, asked);
    const moment = await takeMoment({ ask, core: this.#core, signal });
    try {
      return await this.#copy(moment, target);
    } finally {
      moment.lease.release();
    }
  }

  async #copy(moment: Moment, target: Target): Promise<Omit<CheckpointReport, 'ms'>> {
    const { version, lastSequence } = moment.state;
    const blobs = blobsOf(version);
    const bytes = bytesOf(blobs);
    await target.requireRoom(bytes);
    const partial = await target.begin(() => this.#core.runtime.random());
    try {
      await this.#fill(partial, moment, blobs);
      this.#controls.signal.throwIfAborted();
      await target.finish(partial);
    } catch (error) {
      await target.discard(partial);
      throw error;
    }
    const [tables, topics] = [allTables(version).length, version.logs.topics.size];
    return { location: target.location, sequence: lastSequence, tables, topics, blobs: blobs.length, bytes };
  }

  /** Makes the store and closes it, whatever comes of it: nothing may be moved or removed under an open LevelDB. */
  async #fill(directory: string, { state, lease }: Moment, blobs: ReturnType<typeof blobsOf>): Promise<void> {
    const { store, runtime } = this.#core;
    const made = await NewStore.create(directory, await this.#permits(), runtime);
    try {
      await copyBlobs(blobs, { store, runtime, batches: made.batches, ...this.#controls });
      // From here on the source may delete what it has replaced meanwhile.
      lease.release();
      await made.writeManifest(stateOfCopy(state), runtime.checksum);
    } catch (error) {
      await made.close().catch(() => undefined);
      throw error;
    }
    await made.close();
    await made.writeFormat(this.#files);
  }

  /** Those of the source, so that this is no more in the way of its log than its own compactions are. */
  async #permits(): Promise<WritePermits> {
    const { store } = this.#core;
    await store.ready();
    return WritePermits.attach(store.threadSetup(PERMIT_SLOT).permits, PERMIT_SLOT);
  }
}
