import { setImmediate } from 'node:timers/promises';
import { type ActorRefFrom, createActor } from 'xstate';
import { CommitQueue } from '../../../actors/commit-queue.ts';
import { EventHub } from '../../../actors/events.ts';
import type { AttemptEnd, RoomWork } from '../../../actors/failing-work.ts';
import { LogNumbers } from '../../../actors/logs/log-numbers.ts';
import { Memtables } from '../../../actors/memtables.ts';
import { type Load, type Pressure, pressureOf, slowdownOf } from '../../../actors/pressure.ts';
import { Throttle } from '../../../actors/throttle.ts';
import { Writer } from '../../../actors/writer.ts';
import { WritersRoom } from '../../../actors/writers-room.ts';
import type { writerMachine } from '../../../machines/writer.ts';
import { nodeRuntime } from '../../../platform/node-runtime.ts';
import { LithifyError } from '../../../protocol/errors.ts';
import type { EngineEvent } from '../../../protocol/events.ts';
import type { Files } from '../../../protocol/runtime.ts';
import { EMPTY_CATALOG } from '../../../storage/log/catalog.ts';
import { Wal } from '../../../storage/wal/wal.ts';
import { ManualRuntime } from '../../logs/support/manual-runtime.ts';
import { loadOf, MiB } from './loads.ts';

type Said = Extract<EngineEvent, { type: 'writersSlowed' | 'writersWaiting' | 'writersResumed' }>;

interface RigOptions {
  readonly memtableBytes?: number;
  /** Memtables at once. */
  readonly limit?: number;
  readonly writeTimeoutMs?: number;
  readonly files?: Files;
}

/** The writer with its chart over a log in memory, where flushes, compactions, faults and time are what a spec says. */
export class PressedWriter {
  readonly runtime: ManualRuntime;
  readonly writer: Writer;
  readonly memtables: Memtables;
  readonly actor: ActorRefFrom<typeof writerMachine>;
  readonly said: Said[] = [];
  /** How long each pause was to be. */
  readonly pauses: number[] = [];
  /** What a compaction owes. */
  debt: Partial<Load> & { debt?: number } = {};
  blocked: Pressure | undefined;
  isStorageDown = false;

  private constructor(runtime: ManualRuntime, memtables: Memtables, wal: Wal, options: Required<Omit<RigOptions, 'files'>>) {
    this.runtime = runtime;
    this.memtables = memtables;
    const hub = new EventHub(undefined);
    hub.events$.subscribe((event) => isSaid(event) && this.said.push(event));
    const { keepAlive, turn } = runtime;
    const clock = { ...runtime.clock, setTimer: (run: () => void, ms: number) => this.#timer(run, ms) };
    const limits = { ...options, minorTrigger: 4 };
    const tools = { clock, hub, keepAlive, memory: () => memtables };
    const numbers = LogNumbers.of(EMPTY_CATALOG, []);
    const slowdown = () => slowdownOf(this.#load(), limits);
    this.writer = new Writer({
      ...{ memtables, wal, hub, keepAlive, turn, durable: false, lastSequence: 0 },
      queue: new CommitQueue(options, numbers),
      room: new WritersRoom({ ...tools, timeoutMs: options.writeTimeoutMs }),
      throttle: new Throttle({ ...tools, slowdown, lookEveryBytes: options.memtableBytes / 16 }),
      pressure: () => pressureOf(this.#load(), limits),
      blocked: () => this.blocked,
      isStorageDown: () => this.isStorageDown,
      onCommitted: (numbered) => numbers.commit(numbered),
      onFlushed: () => {},
      onSealed: () => {},
      send: (event) => this.actor.send(event),
    });
    this.actor = createActor(
      Writer.logic(() => this.writer),
      {
        clock: { setTimeout: (run, ms) => runtime.clock.setTimer(run, ms), clearTimeout: (timer) => runtime.clock.clearTimer(timer) },
      },
    );
    this.actor.start();
  }

  static async open(options: RigOptions = {}): Promise<PressedWriter> {
    const { memtableBytes = MiB, limit = 10, writeTimeoutMs = 10_000, files = nodeRuntime().memoryFiles() } = options;
    const runtime = new ManualRuntime();
    const { checksum, random } = nodeRuntime();
    const wal = await Wal.open(files, '/wal', { checksum, random, turn: runtime.turn }, () => {}, { floor: 1 });
    const memtables = new Memtables({ number: 1, segment: wal.current }, memtableBytes, limit);
    return new PressedWriter(runtime, memtables, wal, { memtableBytes, limit, writeTimeoutMs });
  }

  get state(): string {
    return JSON.stringify(this.actor.getSnapshot().value).replaceAll('"', '');
  }

  /** Puts so many bytes under this key. */
  put(key: string, bytes = 16): Promise<void> {
    return this.writer.put(new TextEncoder().encode(key), new Uint8Array(bytes));
  }

  /** Puts and is there when it is done, time passing as it has to. */
  async write(key: string, bytes?: number): Promise<void> {
    const done = this.put(key, bytes);
    await this.rest();
    return done;
  }

  /** Writes until so many memtables are sealed, and a little more. */
  async seal(count: number): Promise<void> {
    const { capacity } = this.memtables.active;
    while (this.memtables.sealed.length < count) await this.write('filling', Math.floor(capacity / 4));
  }

  /** The oldest sealed memtable becomes a table. */
  async flush(): Promise<void> {
    const ended = this.writer.workBegan('flush');
    this.writer.flushed(this.memtables.floorAfterOldest());
    ended('interrupted');
    this.writer.roomMade();
    await settled();
  }

  async fails(work: RoomWork, error = FAULT): Promise<void> {
    await this.ends(this.writer.workBegan(work), error);
  }

  async ends(attempt: (how: AttemptEnd) => void, how: AttemptEnd): Promise<void> {
    attempt(how);
    await settled();
  }

  /** The tree is another, and so is what compactions owe. */
  async owes(debt: PressedWriter['debt']): Promise<void> {
    this.debt = debt;
    this.writer.roomMade();
    await settled();
  }

  async passes(ms: number): Promise<void> {
    this.runtime.advance(ms);
    await settled();
  }

  /** Lets pauses pass until nobody is slowed any more. */
  async rest(): Promise<void> {
    await settled();
    while (this.state === 'slowing') await this.passes(1);
  }

  close(): Promise<void> {
    return this.writer.close();
  }

  /** Types and reasons of what was said since the last call. */
  news(): string[] {
    return this.said.splice(0).map(({ type, reason }) => `${type}: ${reason}`);
  }

  #load(): Load {
    const { sealed, limit: memtablesLimit, live } = this.memtables;
    return loadOf({ sealed: sealed.length, memtablesLimit, activeShare: live.bytes / live.memtable.capacity, ...this.debt });
  }

  #timer(run: () => void, ms: number): unknown {
    if (this.state === 'slowing') this.pauses.push(ms);
    return this.runtime.clock.setTimer(run, ms);
  }
}

export const FAULT = new LithifyError('LITHIFY_SST', 'Injected: no table can be written.');

/** Everything has gone on that needs no time: the log in memory, the chart and its promises. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 6; turns++) await setImmediate();
}

function isSaid(event: EngineEvent): event is Said {
  return event.type === 'writersSlowed' || event.type === 'writersWaiting' || event.type === 'writersResumed';
}
