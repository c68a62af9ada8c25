import { ActorTrack } from './actor-track.ts';
import type { Pages } from './pages.ts';
import { isOfRound, isWithinRound, Rounds } from './rounds.ts';
import type { TappedEvent, TappedMessage, TappedRef, TappedSnapshot } from './tap.ts';

const WRITER = 'writer';
/** Noticed again and again while it waits. */
const WORK_CHATTER: ReadonlySet<string> = new Set(['Notice', 'Admit']);

/** Writes down what inspection events tell. This is run fourteen times for every commit: each line of it counts. */
export class ActorObserver {
  readonly #pages: Pages;
  readonly #onDefect: (error: unknown) => void;
  readonly #rounds: Rounds;
  readonly #tracks = new WeakMap<object, ActorTrack>();
  readonly #byName = new Map<string, ActorTrack>();
  /** Actors that are in the middle of an event, the innermost last. */
  #busy: ActorTrack[] = [];
  /** The writer's, which most events are about. */
  #writer: object | undefined;
  #writerTrack: ActorTrack | undefined;

  constructor(pages: Pages, wall: () => number, onDefect: (error: unknown) => void) {
    this.#pages = pages;
    this.#rounds = new Rounds(wall);
    this.#onDefect = onDefect;
  }

  /** Who is in the middle of an event while this is asked. */
  get processing(): ActorTrack | undefined {
    // Mostly there is none, and an index of -1 is slow.
    return this.#busy.at(-1);
  }

  /** Entry that this actor processes or has processed last; 0: not known. */
  currentOf(name: string): number {
    return this.#byName.get(name)?.current ?? 0;
  }

  readonly observe = (inspected: TappedEvent): void => {
    switch (inspected.type) {
      case '@xstate.event':
        this.#sent(inspected.sourceRef, inspected.actorRef, inspected.event);
        break;
      case '@xstate.microstep':
        this.#stepped(inspected.actorRef, inspected.event, inspected.snapshot);
        break;
      case '@xstate.snapshot':
        this.#settled(inspected.actorRef, inspected.snapshot);
        break;
    }
  };

  #sent(source: TappedRef | undefined, target: TappedRef, event: TappedMessage): void {
    const { type } = event;
    // A promise that tells itself; what it tells its parent comes next.
    if (type === 'xstate.promise.resolve' || type === 'xstate.promise.reject') return;
    if (target === this.#writer && isOfRound(type)) {
      this.#rounds.got(type);
      if (this.#rounds.isQuiet) return;
    }
    const isInit = type === 'xstate.init';
    if (isInit && source !== undefined && source === this.#writer) return;
    const from = source === undefined ? undefined : this.#trackOf(source);
    const to = this.#trackOf(target) ?? this.#begin(target, from);
    const cause = this.#causeOf(source, from, to);
    // What a child is started with may be anything, and who started it has said it.
    const n = this.#write(to, from, isInit ? INIT : event, cause);
    if (to.got(n, event)) this.#busy.push(to);
    if (from !== undefined && type.startsWith(ERROR)) this.#broke(from, event);
  }

  #write(to: ActorTrack, from: ActorTrack | undefined, event: TappedMessage, cause: number): number {
    const { type } = event;
    const isRound = to === this.#writerTrack && isOfRound(type);
    const isChatter = isRound || WORK_CHATTER.has(type);
    this.#pages.look();
    if (!isChatter && cause !== 0) this.#pages.keep(cause);
    const slot = this.#pages.take(isChatter, cause);
    slot.kind = 'message';
    slot.actor = to;
    slot.from = from;
    slot.what = event;
    slot.before = undefined;
    slot.after = undefined;
    if (isRound) {
      slot.before = this.#rounds.skipped;
      this.#rounds.skipped = 0;
    }
    return slot.n;
  }

  /** A promise that rejects is nothing; a chart that breaks is a defect. */
  #broke(track: ActorTrack, event: TappedMessage): void {
    this.#end(track);
    if (track.machine !== undefined) this.#onDefect('error' in event ? event.error : event);
  }

  /** Who was not told of in time: a child of the writer, whose parent's last event began it. */
  #causeOf(source: TappedRef | undefined, from: ActorTrack | undefined, to: ActorTrack): number {
    if (from !== undefined) return from.current;
    return source === undefined ? (this.processing?.current ?? 0) : to.current;
  }

  #stepped(ref: TappedRef, event: TappedMessage, snapshot: TappedSnapshot): void {
    const track = this.#trackOf(ref);
    if (track === undefined) return;
    const { value } = snapshot;
    const before = track.value;
    const isRound = track === this.#writerTrack && isWithinRound(before, value);
    if (isRound && this.#rounds.isQuiet) {
      track.value = value;
      return;
    }
    track.steps(event);
    if (value === before || isSame(before, value)) return;
    track.value = value;
    track.machine ??= snapshot.machine?.id;
    if (!isRound) this.#keepCause(track, event);
    const slot = this.#pages.take(isRound, track.current);
    slot.kind = 'transition';
    slot.actor = track;
    slot.from = undefined;
    slot.what = event;
    slot.before = before;
    slot.after = value;
  }

  /** What a rare step answers is kept, even if it was left out as one of too many. */
  #keepCause(track: ActorTrack, event: TappedMessage): void {
    if (track === this.#writerTrack && this.#rounds.isQuiet && isOfRound(event.type))
      track.current = this.#write(track, undefined, event, 0);
    if (track.current !== 0) this.#pages.keep(track.current);
  }

  #settled(ref: TappedRef, snapshot: TappedSnapshot): void {
    // Nobody has begun with anything: a round of the writer that is left out.
    if (this.#busy.length === 0 && snapshot.status === 'active') return;
    const track = this.#trackOf(ref);
    if (track === undefined) return;
    if (track.value === undefined && snapshot.value !== undefined) {
      track.value = snapshot.value;
      track.machine = snapshot.machine?.id;
    }
    if (!track.done()) this.#leave(track);
    if (snapshot.status !== 'active') this.#end(track);
  }

  #trackOf(ref: TappedRef): ActorTrack | undefined {
    return ref === this.#writer ? this.#writerTrack : this.#tracks.get(ref);
  }

  #begin(ref: TappedRef, parent: ActorTrack | undefined): ActorTrack {
    const track = new ActorTrack(nameOf(ref, parent));
    this.#tracks.set(ref, track);
    this.#byName.set(track.name, track);
    if (track.name === WRITER) {
      this.#writer = ref;
      this.#writerTrack = track;
    }
    return track;
  }

  #leave(track: ActorTrack): void {
    const at = this.#busy.lastIndexOf(track);
    // An actor that breaks never says that it is done: who is done takes it along.
    if (at >= 0) this.#busy.length = at;
  }

  #end(track: ActorTrack): void {
    this.#leave(track);
    if (this.#byName.get(track.name) === track) this.#byName.delete(track.name);
  }
}

/** What the whole system knows by its name needs no other. The root has no parent that could know it. */
function nameOf(ref: TappedRef, parent: ActorTrack | undefined): string {
  if (ref.system.get(ref.id) === ref) return ref.id;
  return parent === undefined ? ROOT : `${parent.name}/${ref.id}`;
}

const ROOT = 'engine';
export const INIT: TappedMessage = { type: 'xstate.init' };
const ERROR = 'xstate.error.actor.';

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  return JSON.stringify(a) === JSON.stringify(b);
}
