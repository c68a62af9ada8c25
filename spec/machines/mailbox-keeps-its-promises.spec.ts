import test from 'ava';
import fc from 'fast-check';
import { depthOf, type Queue } from '../../machines/mailbox/queue.ts';
import type { Ticket } from '../../machines/mailbox/ticket.ts';
import { MOVES, type Move, Play } from './support/desk-play.ts';

const move: fc.Arbitrary<Move> = fc.record({ kind: fc.constantFrom(...MOVES), which: fc.nat(11), how: fc.nat(11) });

/** Plays the moves, looks after each of them, drains, and looks again. */
function play(look: (play: Play) => void, lookAtEnd: (play: Play) => void = () => {}): void {
  const moves = fc.array(move, { maxLength: 80, size: 'max' });
  fc.assert(
    fc.property(moves, (made) => {
      const game = new Play();
      for (const one of made) {
        game.move(one);
        look(game);
      }
      game.drain();
      look(game);
      lookAtEnd(game);
    }),
    { numRuns: 400 },
  );
}

/** Why a waiting ticket may not go now, in the words of the design. */
function reasonToWait(queue: Queue, { work, after, afterOrder }: Ticket): string | undefined {
  const running = queue.running.map((run) => run.ticket);
  const passes = running.filter(isPass).length;
  const open = [...queue.waiting, ...running].map(({ id }) => id);
  if (after !== undefined && open.includes(after)) return 'its flush comes first';
  if (afterOrder !== undefined && queue.gathering.some(({ orderId }) => orderId === afterOrder)) return 'an order holds what it needs';
  if (work.kind === 'flush' || (work.kind === 'log' && work.phase === 'age'))
    return running.some(emptiesMemory) ? 'memory is emptied' : undefined;
  if (work.kind === 'log' && passes >= Math.max(1, queue.compactors - 1)) return 'the other compactor is for everything else';
  if (work.kind === 'log' && work.phase === 'analyze') return undefined;
  if ((work.kind === 'collect' || work.kind === 'plan') && running.some((one) => one.work.kind === work.kind)) return `a ${work.kind} runs`;
  if (work.kind === 'collect') return undefined;
  const collects = [...queue.waiting, ...running].some((one) => one.work.kind === 'collect');
  if (collects && queue.passedOver < 8) return 'garbage goes first';
  if (work.kind === 'slice' || work.kind === 'log') return undefined;
  if (work.order === 'major') return queue.gathering.some((one) => isMajor(one.ticket)) ? 'a major gathers' : undefined;
  return queue.waiting.some(isMajor) ? 'a major waits' : undefined;
}

function isMajor({ work }: Ticket): boolean {
  return work.kind === 'plan' && work.order === 'major';
}

function emptiesMemory({ work }: Ticket): boolean {
  return work.kind === 'flush' || (work.kind === 'log' && work.phase === 'age');
}

function isPass({ work }: Ticket): boolean {
  return work.kind === 'log' && work.phase !== 'age';
}

test('every request gets exactly one reply, of its own type, whatever happens', (t) => {
  play(
    ({ desk }) => {
      for (const [id, replies] of desk.replies) if (replies.length > 1) throw new Error(`${id} was answered ${replies.length} times`);
    },
    ({ desk }) => {
      for (const { id, message } of desk.sent) {
        const [reply, ...more] = desk.replies.get(id) ?? [];
        if (reply === undefined || more.length > 0) throw new Error(`${message.type} ${id} was answered ${reply ? 'twice' : 'never'}`);
        if (reply.id !== id || (reply.ok && reply.report.type !== message.type))
          throw new Error(`${message.type} ${id} got another's reply`);
      }
    },
  );
  t.pass();
});

test('no ticket is in two hands, and the mailbox knows who has which', (t) => {
  play(({ desk }) => {
    const { waiting, running } = desk.queue;
    const ids = [...waiting, ...running.map((run) => run.ticket)].map(({ id }) => id);
    if (new Set(ids).size < ids.length) throw new Error('a ticket is in two places');
    const known = running.map(({ compactor, ticket }) => `${compactor} ${ticket.id}`).sort();
    const real = [...desk.working].map(([name, ticket]) => `${name} ${ticket.id}`).sort();
    if (known.join() !== real.join()) throw new Error(`the mailbox thinks ${known.join()}, in truth ${real.join()}`);
  });
  t.pass();
});

test('one flush or ageing, one collection, one plan and one major are under way at a time, and logs leave one compactor alone', (t) => {
  play(({ desk }) => {
    const held = [...desk.working.values()];
    if (held.filter(emptiesMemory).length > 1) throw new Error('memory is emptied by two at once');
    if (held.filter(isPass).length > 2) throw new Error('all three compactors pass over logs');
    for (const kind of ['collect', 'plan'] as const) if (desk.holders(kind).length > 1) throw new Error(`two of ${kind} run`);
    const majors = [...desk.queue.gathering, ...desk.queue.running].filter(({ ticket }) => isMajor(ticket));
    if (majors.length > 1) throw new Error('two majors are under way');
  });
  t.pass();
});

test('an idle compactor and a ticket that may go never coexist: no wake-up is lost', (t) => {
  play(({ desk: { queue } }) => {
    if (queue.paused || queue.idle.length === 0) return;
    const forgotten = queue.waiting.find((ticket) => reasonToWait(queue, ticket) === undefined);
    if (forgotten !== undefined) throw new Error(`${forgotten.work.kind} waits beside an idle compactor`);
  });
  t.pass();
});

test('a flush or an ageing that could go makes one busy compactor make way', (t) => {
  play(({ desk: { queue, told } }) => {
    if (queue.paused || queue.idle.length > 0) return;
    const flush = queue.waiting.find(emptiesMemory);
    const canYield = queue.running.some(({ ticket }) => ['slice', 'collect'].includes(ticket.work.kind) || isPass(ticket));
    if (flush === undefined || reasonToWait(queue, flush) !== undefined || !canYield) return;
    if (![...told.values()].some((what) => what === 'yield' || what === 'abort')) throw new Error('a flush waits and nobody makes way');
  });
  t.pass();
});

test('an order ends once: completed or abandoned', (t) => {
  play(
    ({ desk }) => {
      if (new Set(desk.abandoned).size < desk.abandoned.length) throw new Error('an order was abandoned twice');
    },
    ({ desk, opened, completed }) => {
      const ended = [...completed, ...desk.abandoned].sort((a, b) => a - b);
      if (ended.join() !== opened.join()) throw new Error(`opened ${opened.join()}, ended ${ended.join()}`);
    },
  );
  t.pass();
});

test('a phase of a log ends once: done, or dropped with whoever waits for it told', (t) => {
  play(
    ({ desk, doneTasks }) => {
      const ended = [...doneTasks, ...desk.dropped.map(([task]) => task)];
      if (new Set(ended).size < ended.length) throw new Error('a task ended twice');
    },
    ({ desk, tasks, doneTasks }) => {
      const ended = [...doneTasks, ...desk.dropped.map(([task]) => task)].sort((a, b) => a - b);
      if (ended.join() !== tasks.join()) throw new Error(`begun ${tasks.join()}, ended ${ended.join()}`);
    },
  );
  t.pass();
});

test('after a Shutdown everything comes to rest without its deadline, and every compactor that can is let go', (t) => {
  play(
    ({ desk }) => {
      const isManned = desk.idle.size > 0 || ['c0', 'c1', 'c2'].some((name) => !desk.stopped.has(name) && !desk.dismissed.has(name));
      if (desk.queue.closing && desk.queue.waiting.length > 0 && !isManned) throw new Error('work waits and nobody is left to do it');
    },
    ({ desk }) => {
      if (!desk.queue.closing) desk.close();
      const { waiting, running, gathering } = desk.queue;
      if (waiting.length + running.length + gathering.length > 0) throw new Error('not drained');
      if (desk.stopped.size < 3) throw new Error(`only ${desk.stopped.size} compactors were dismissed`);
    },
  );
  t.pass();
});

test("capacity counts users' waiting messages only", (t) => {
  play(({ desk }) => {
    const waiting = new Set(desk.queue.waiting.flatMap(({ requests }) => requests.map(({ id }) => id)));
    const users = desk.sent.filter(({ id, replyTo }) => replyTo !== undefined && waiting.has(id));
    if (depthOf(desk.queue) !== users.length) throw new Error(`depth ${depthOf(desk.queue)}, but ${users.length} messages of users wait`);
  });
  t.pass();
});
