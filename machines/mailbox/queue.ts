import { LithifyError } from '../../protocol/errors.ts';
import type { Envelope, Message, MessageRange, Reply } from '../../protocol/messages.ts';
import { dispatch } from './dispatch.ts';
import type { Outcome, Ticket, Work } from './ticket.ts';

/** Everything the mailbox knows. Immutable: each step makes the next one, so a viewer may keep any of them. */
export interface Queue {
  readonly nextId: number;
  readonly waiting: readonly Ticket[];
  readonly running: readonly Running[];
  /** Tickets whose order is cut into slices and not yet complete. */
  readonly gathering: readonly Gathering[];
  /** How many compactors there are, whether they wait here, work or back off. */
  readonly compactors: number;
  /** Compactors that wait here, longest first. */
  readonly idle: readonly string[];
  /** Hand-outs of a higher rank since the oldest lower one began to wait. */
  readonly passedOver: number;
  readonly paused: boolean;
  readonly closing: boolean;
  /** The deadline of a Shutdown has passed: what could go on fails with this. */
  readonly expired?: LithifyError;
  readonly refused: number;
  readonly aborted: number;
}

export interface Running {
  readonly ticket: Ticket;
  readonly compactor: string;
  readonly yielding: boolean;
}

export interface Gathering {
  readonly ticket: Ticket;
  readonly orderId: number;
  /** Slices that are waiting or running. */
  readonly open: number;
  /** Set when a slice failed: the rest is only waited for, then the order is abandoned. */
  readonly error?: LithifyError;
}

/** What a step wants done outside. */
export type Effect =
  | { readonly type: 'assign'; readonly compactor: string; readonly ticket: Ticket }
  | { readonly type: 'reply'; readonly envelope: Envelope; readonly reply: Reply }
  | { readonly type: 'yield'; readonly compactor: string }
  | { readonly type: 'abort'; readonly compactor: string }
  | { readonly type: 'dismiss' }
  /** The order will not be completed: let go of its leases and delete its outputs. */
  | { readonly type: 'abandon'; readonly orderId: number }
  /** No compactor will do, or go on with, this phase of a log: whoever waits for it is told. */
  | { readonly type: 'dropLog'; readonly task: number; readonly error: LithifyError };

export interface Step {
  readonly queue: Queue;
  readonly effects: readonly Effect[];
}

export const emptyQueue: Queue = {
  nextId: 1,
  waiting: [],
  running: [],
  gathering: [],
  compactors: 1,
  idle: [],
  passedOver: 0,
  paused: false,
  closing: false,
  refused: 0,
  aborted: 0,
};

/** Requests that wait and were sent from outside: what the capacity counts. */
export function depthOf(queue: Queue): number {
  return queue.waiting.reduce((sum, ticket) => sum + ticket.requests.filter(isFromOutside).length, 0);
}

/** The engine's own envelopes have no address to reply to. */
export function isFromOutside(envelope: Envelope): boolean {
  return envelope.replyTo !== undefined;
}

/** Shutdown never queues: the engine's chart handles it and closes this door. */
export type Queueable = Exclude<Message, { type: 'Shutdown' }>;

/** A user's message (or the engine's own DeleteBlob) comes in. */
export function request(queue: Queue, envelope: Envelope<Queueable>, at: number): Step {
  if (queue.closing) return refuse(queue, [envelope]);
  const message = envelope.message;
  if (message.type === 'MajorCompaction') return requestMajor(queue, envelope, message.range, at);
  return dispatch(join(queue, workOf(message), at, { requests: [envelope], internal: !isFromOutside(envelope) }));
}

function workOf(message: Exclude<Queueable, { type: 'MajorCompaction' }>): Work {
  if (message.type !== 'MinorCompact') return { kind: 'collect' };
  return message.memtable === undefined ? { kind: 'flush' } : { kind: 'flush', memtable: message.memtable };
}

/** The engine's own work. At most one waiting ticket for the same thing. */
export function admit(queue: Queue, work: Work, at: number): Step {
  if (queue.closing) return { queue, effects: dropped(work, shuttingDown()) };
  return dispatch(join(queue, work, at, { requests: [], internal: true }));
}

/** A major merges what was acknowledged before it was asked for, so the memtable is flushed first. */
function requestMajor(queue: Queue, envelope: Envelope, range: MessageRange | undefined, at: number): Step {
  const gathering = queue.gathering.find((one) => one.error === undefined && isSameMajor(one.ticket.work, range));
  if (gathering !== undefined) {
    const joined = { ...gathering, ticket: withRequests(gathering.ticket, [envelope]) };
    return { queue: { ...queue, gathering: replaced(queue.gathering, gathering, joined) }, effects: [] };
  }
  const flushed = join(queue, { kind: 'flush' }, at, { requests: [], internal: true });
  const flush = flushed.waiting.find((ticket) => isSameWork(ticket.work, { kind: 'flush' }));
  const work: Work = { kind: 'plan', order: 'major', ...(range && { range }) };
  return dispatch(join(flushed, work, at, { requests: [envelope], internal: false, ...(flush && { after: flush.id }) }));
}

function join(queue: Queue, work: Work, at: number, rest: Pick<Ticket, 'requests' | 'internal' | 'after'>): Queue {
  const found = queue.waiting.find((ticket) => isSameWork(ticket.work, work));
  if (found === undefined) {
    return { ...queue, nextId: queue.nextId + 1, waiting: [...queue.waiting, { id: queue.nextId, work, at, ...rest }] };
  }
  const { requests, internal, ...after } = rest;
  const joined = { ...withRequests(found, requests), internal: found.internal || internal, ...after };
  return { ...queue, waiting: replaced(queue.waiting, found, joined) };
}

/** A compactor's ticket ended; its requesters are answered, or its slices queued. */
export function settle(queue: Queue, compactor: string, ticketId: number, outcome: Outcome): Step {
  const run = queue.running.find((one) => one.compactor === compactor && one.ticket.id === ticketId);
  if (run === undefined) return { queue, effects: [] };
  const rest = { ...queue, running: queue.running.filter((one) => one !== run) };
  const step = run.ticket.parent === undefined ? settleWhole(rest, run.ticket, outcome) : settleSlice(rest, run.ticket, outcome);
  return andThen(step, (q) => dispatch(q, outcome.type !== 'failed'));
}

function settleWhole(queue: Queue, ticket: Ticket, outcome: Outcome): Step {
  switch (outcome.type) {
    case 'split':
      return split(queue, ticket, outcome);
    case 'again':
      if (queue.closing) return giveUp(queue, [ticket]);
      return { queue: { ...queue, waiting: [repeated(ticket, outcome), ...queue.waiting] }, effects: [] };
    case 'answered':
      return { queue, effects: outcome.replies.flatMap((reply) => replyTo(ticket, reply)) };
    case 'done':
      return { queue, effects: ticket.requests.map((envelope) => done(envelope, outcome.report)) };
    case 'failed':
      return failWhole(queue, ticket, outcome.error);
    case 'part':
      return settleWhole(queue, ticket, { type: 'failed', error: internalError('A whole ticket settled as a part.') });
  }
}

/** A major that waits for a flush would merge less than it was asked to, so it fails with it. */
function failWhole(queue: Queue, ticket: Ticket, error: LithifyError): Step {
  const waiting = queue.waiting.filter((one) => one.after !== ticket.id);
  const failing = [ticket, ...queue.waiting.filter((one) => one.after === ticket.id)];
  const replies = failing.flatMap(({ requests }) => requests.map((envelope) => failed(envelope, error)));
  return { queue: { ...queue, waiting }, effects: [...dropped(ticket.work, error), ...replies] };
}

function repeated(ticket: Ticket, { afterOrder, deleted }: Extract<Outcome, { type: 'again' }>): Ticket {
  return { ...ticket, ...(afterOrder !== undefined && { afterOrder }), ...(deleted && { deleted }) };
}

/** The slices queue up, unless nobody wants them any more. */
function split(queue: Queue, ticket: Ticket, { orderId, slices }: { orderId: number; slices: readonly number[] }): Step {
  const gathering: Gathering = { ticket, orderId, open: slices.length };
  const gathered = withSlices({ ...queue, gathering: [...queue.gathering, gathering] }, ticket, orderId, slices);
  const isWanted = ticket.requests.length > 0 || (ticket.internal && !queue.closing);
  if (isWanted && queue.expired === undefined) return { queue: gathered, effects: [] };
  return failGathering(gathered, gathering, queue.expired ?? shuttingDown());
}

function withSlices(queue: Queue, parent: Ticket, orderId: number, slices: readonly number[]): Queue {
  const order = parent.work.kind === 'plan' ? parent.work.order : 'background';
  const tickets = slices.map(
    (slice, i): Ticket => ({
      id: queue.nextId + i,
      work: { kind: 'slice', order, orderId, slice },
      at: parent.at,
      requests: [],
      internal: true,
      parent: parent.id,
    }),
  );
  return { ...queue, nextId: queue.nextId + tickets.length, waiting: [...queue.waiting, ...tickets] };
}

function settleSlice(queue: Queue, slice: Ticket, outcome: Outcome): Step {
  const gathering = queue.gathering.find((one) => one.ticket.id === slice.parent);
  if (gathering === undefined) return { queue, effects: [] };
  if (outcome.type === 'again' && gathering.error === undefined) {
    return { queue: { ...queue, waiting: [slice, ...queue.waiting] }, effects: [] };
  }
  if (outcome.type === 'failed') return failGathering(queue, { ...gathering, open: gathering.open - 1 }, outcome.error);
  if (gathering.error !== undefined) return closeFailed(queue, { ...gathering, open: gathering.open - 1 });
  if (outcome.type === 'done') return completed(queue, gathering, outcome);
  const more = outcome.type === 'part' ? outcome.more : [];
  const next = { ...gathering, open: gathering.open - 1 + more.length };
  const updated = { ...queue, gathering: replaced(queue.gathering, gathering, next) };
  return { queue: withSlices(updated, gathering.ticket, gathering.orderId, more), effects: [] };
}

function completed(queue: Queue, gathering: Gathering, outcome: Outcome & { type: 'done' }): Step {
  return {
    queue: { ...queue, gathering: queue.gathering.filter((one) => one !== gathering) },
    effects: gathering.ticket.requests.map((envelope) => done(envelope, outcome.report)),
  };
}

/** One slice failed: the waiting ones are dropped, the running ones told to stop, and the last of them closes it. */
export function failGathering(queue: Queue, gathering: Gathering, error: LithifyError): Step {
  const isOurs = (ticket: Ticket) => ticket.parent === gathering.ticket.id;
  const waiting = queue.waiting.filter(isOurs).length;
  const next = { ...gathering, open: gathering.open - waiting, error: gathering.error ?? error };
  const aborts = queue.running.filter((run) => isOurs(run.ticket)).map((run): Effect => ({ type: 'abort', compactor: run.compactor }));
  const step = closeFailed({ ...queue, waiting: queue.waiting.filter((ticket) => !isOurs(ticket)) }, next);
  return { queue: step.queue, effects: [...aborts, ...step.effects] };
}

function closeFailed(queue: Queue, next: Gathering): Step {
  const others = queue.gathering.filter((one) => one.ticket.id !== next.ticket.id);
  if (next.open > 0) return { queue: { ...queue, gathering: [...others, next] }, effects: [] };
  const error = next.error ?? internalError('An order ended without a result.');
  const replies = next.ticket.requests.map((envelope) => failed(envelope, error));
  return { queue: { ...queue, gathering: others }, effects: [{ type: 'abandon', orderId: next.orderId }, ...replies] };
}

/** Shutdown was seen: what waits is answered, slices of majors that users asked for still go. */
export function close(queue: Queue): Step {
  // Slices of background orders are dropped with their order, which counts them.
  const slices = queue.waiting.filter((ticket) => ticket.parent !== undefined);
  const refusedNow = queue.waiting.filter((ticket) => !slices.includes(ticket));
  const closing: Queue = { ...queue, closing: true, waiting: slices };
  const background = closing.gathering.filter((one) => one.ticket.requests.length === 0);
  const abandoned = background.reduce((step, one) => andThen(step, (q) => failGathering(q, one, shuttingDown())), {
    queue: closing,
    effects: [],
  } as Step);
  return andThen(
    andThen(abandoned, (q) => giveUp(q, refusedNow)),
    dispatch,
  );
}

/** The door is closed: these tickets will not be handed out (again). */
function giveUp(queue: Queue, tickets: readonly Ticket[]): Step {
  const refused = refuse(
    queue,
    tickets.flatMap((ticket) => ticket.requests),
  );
  return { queue: refused.queue, effects: [...tickets.flatMap(({ work }) => dropped(work, shuttingDown())), ...refused.effects] };
}

function refuse(queue: Queue, envelopes: readonly Envelope[]): Step {
  const refused = queue.refused + envelopes.filter(isFromOutside).length;
  return { queue: { ...queue, refused }, effects: envelopes.map((envelope) => failed(envelope, shuttingDown())) };
}

export function dropped(work: Work, error: LithifyError): Effect[] {
  return work.kind === 'log' ? [{ type: 'dropLog', task: work.task, error }] : [];
}

export function andThen(step: Step, next: (queue: Queue) => Step): Step {
  const after = next(step.queue);
  return { queue: after.queue, effects: [...step.effects, ...after.effects] };
}

export function failed(envelope: Envelope, error: LithifyError): Effect {
  return { type: 'reply', envelope, reply: { id: envelope.id, ok: false, error } };
}

/** Joined requests may be of another type than the work; the report says what was done. */
function done(envelope: Envelope, report: Extract<Outcome, { type: 'done' }>['report']): Effect {
  return { type: 'reply', envelope, reply: { id: envelope.id, ok: true, report } };
}

function replyTo(ticket: Ticket, reply: Reply): Effect[] {
  const envelope = ticket.requests.find((one) => one.id === reply.id);
  return envelope ? [{ type: 'reply', envelope, reply }] : [];
}

function withRequests(ticket: Ticket, more: readonly Envelope[]): Ticket {
  return { ...ticket, requests: [...ticket.requests, ...more] };
}

export function replaced<T>(list: readonly T[], old: T, next: T): readonly T[] {
  return list.map((one) => (one === old ? next : one));
}

function isSameMajor(work: Work, range: MessageRange | undefined): boolean {
  return work.kind === 'plan' && work.order === 'major' && JSON.stringify(work.range) === JSON.stringify(range);
}

function isSameWork(a: Work, b: Work): boolean {
  return a.kind !== 'slice' && JSON.stringify(a) === JSON.stringify(b);
}

function shuttingDown(): LithifyError {
  return new LithifyError('LITHIFY_SHUTTING_DOWN', 'The engine is shutting down; open it again to send messages.');
}

function internalError(message: string): LithifyError {
  return new LithifyError('LITHIFY_INTERNAL', message);
}
