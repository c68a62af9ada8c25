import type { RecorderEntry } from '../../../protocol/recorder.ts';
import { leavesOf } from '../actor-tree.ts';
import { ActorTrack } from './actor-track.ts';
import { plainError, plainOf, shortText } from './plain.ts';
import type { Slot } from './ring.ts';

type Details = Record<string, unknown>;
/** What every message, decision and event has in common. */
interface Told {
  readonly type: string;
}

/** The words for what is kept. `since`: when the engine began to open, by the same clock. */
export function entryOf(slot: Slot, since: number): RecorderEntry {
  const { n, at, kind, actor, cause } = slot;
  return {
    ...{ n, atMs: at - since, kind, actor: nameOf(actor) },
    ...(cause !== 0 && { cause }),
    ...wordsFor(slot),
  };
}

/** Users' machines may send to the mailbox whatever they like. */
function wordsFor(slot: Slot): Rest {
  try {
    const from = senderOf(slot);
    const rest = slot.kind === 'transition' ? transition(slot) : told(slot.what as Told, slot.before);
    return { ...(from !== undefined && { from }), ...rest };
  } catch (error) {
    return { type: 'unreadable', details: { error: plainError(error) } };
  }
}

type Rest = Pick<RecorderEntry, 'from' | 'type' | 'envelope' | 'ms' | 'details'>;

function transition({ actor, what, before, after }: Slot): Rest {
  const [from, to] = [leavesOf(before as StateValue), leavesOf(after as StateValue)];
  const machine = actor instanceof ActorTrack ? actor.machine : undefined;
  // Only events make steps.
  const event = (what as Told).type;
  return {
    type: `${from.join(' + ')} → ${to.join(' + ')}`,
    details: { ...(machine !== undefined && { machine }), event: shortText(event), from, to, ...errorIn(what) },
  };
}
type StateValue = Parameters<typeof leavesOf>[0];

/** `skipped`: rounds of the writer before this one that were left out. */
function told(what: Told, skipped: unknown): Rest {
  if ('envelope' in what && isEnvelope(what.envelope)) return request(what.envelope);
  // `at` is the moment in which it was sent, by another clock than the entry's.
  const { type, at: _, ...rest } = what as Told & { readonly at?: unknown };
  const { envelopeId, ms, ...details } = plainOf({ ...shortened(rest), ...(typeof skipped === 'number' && skipped > 0 && { skipped }) });
  const measured = ms ?? details.waitedMs;
  return {
    type: shortText(type),
    ...(typeof envelopeId === 'string' && { envelope: envelopeId }),
    ...(typeof measured === 'number' && { ms: measured }),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

interface SomeEnvelope {
  readonly id: string;
  readonly causeId?: string;
  readonly replyTo?: string;
  readonly message: Told;
}

function isEnvelope(given: unknown): given is SomeEnvelope {
  if (typeof given !== 'object' || given === null || !('id' in given) || !('message' in given)) return false;
  const { id, message } = given;
  return typeof id === 'string' && typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string';
}

/** One of the five messages, by its own name. */
function request({ id, message, ...address }: SomeEnvelope): Rest {
  const { type, ...fields } = message;
  const details = plainOf({ ...fields, ...address });
  return { type: shortText(type), envelope: shortText(id), ...(Object.keys(details).length > 0 && { details }) };
}

/** A ticket carries its requests, which have entries of their own. */
function shortened(event: object): object {
  if (!('ticket' in event) || typeof event.ticket !== 'object' || event.ticket === null) return event;
  const { id, work, requests, at: _, ...rest } = event.ticket as Details;
  const ids = Array.isArray(requests) ? requests.map(idOf) : [];
  return { ...event, ticket: { id, work, ...(ids.length > 0 && { requests: ids }), ...rest } };
}

function idOf(envelope: unknown): unknown {
  return typeof envelope === 'object' && envelope !== null && 'id' in envelope ? envelope.id : undefined;
}

/** A child of the writer is not kept; its parent's event names it. */
function senderOf({ kind, from, what, actor }: Slot): string | undefined {
  if (from !== undefined) return nameOf(from);
  if (kind !== 'message') return undefined;
  const child = typeof what === 'object' && what !== null && 'actorId' in what ? what.actorId : undefined;
  return typeof child === 'string' ? `${nameOf(actor)}/${child}` : undefined;
}

function errorIn(event: unknown): Details {
  return typeof event === 'object' && event !== null && 'error' in event && event.error !== undefined
    ? { error: plainError(event.error) }
    : {};
}

function nameOf(actor: ActorTrack | string): string {
  return typeof actor === 'string' ? actor : actor.name;
}
