import test from 'ava';
import { createActor, createMachine, enqueueActions, sendParent, sendTo } from 'xstate';
import { entryOf } from '../../actors/observation/recorder/entries.ts';
import { ActorObserver } from '../../actors/observation/recorder/observer.ts';
import { Pages } from '../../actors/observation/recorder/pages.ts';
import { tapInspection } from '../../actors/observation/recorder/tap.ts';
import type { RecorderEntry } from '../../index.ts';
import { chainOf } from './support/recorded.ts';

/** Answers at once, twice: the asker is still at work on what made it ask. */
const echo = createMachine({
  id: 'echo',
  on: {
    Ask: {
      actions: enqueueActions(({ enqueue }) => {
        enqueue(sendParent({ type: 'First' }));
        enqueue(sendParent({ type: 'Second' }));
      }),
    },
    Note: {},
    Last: {},
    Break: { actions: () => fail() },
  },
});

const asker = createMachine({
  id: 'asker',
  invoke: { id: 'echo', src: echo, onError: {} },
  on: {
    Begin: { actions: [sendTo('echo', { type: 'Ask' }), sendTo('echo', { type: 'Note' })] },
    First: { actions: sendTo('echo', { type: 'Last' }) },
    Second: {},
  },
});

function fail(): never {
  throw new Error('broken');
}

function watched(): {
  send(type: string): void;
  sendToEcho(type: string): void;
  entries(): RecorderEntry[];
  defects: unknown[];
  observer: ActorObserver;
} {
  const clock = { now: () => 0, wall: () => 0, setTimer: () => undefined, clearTimer: () => undefined };
  const pages = new Pages(256, clock);
  const defects: unknown[] = [];
  const observer = new ActorObserver(pages, clock.wall, (error) => defects.push(error));
  const root = createActor(asker);
  tapInspection(root, observer.observe);
  root.subscribe({ error: () => undefined });
  root.start();
  return {
    send: (type) => root.send({ type }),
    sendToEcho: (type) => root.getSnapshot().children.echo?.send({ type }),
    entries: () => pages.above(0).map((slot) => entryOf(slot, 0)),
    defects,
    observer,
  };
}

test('what waits for its turn has the cause that it was sent by, and is the cause of what it leads to', (t) => {
  const { send, entries } = watched();
  send('Begin');
  const all = entries();
  const chain = (type: string) =>
    chainOf(
      all,
      all.find((entry) => entry.type === type),
    );
  t.deepEqual(chain('Note'), ['engine Begin', 'engine/echo Note']);
  t.deepEqual(chain('First'), ['engine Begin', 'engine/echo Ask', 'engine First']);
  t.deepEqual(chain('Second'), ['engine Begin', 'engine/echo Ask', 'engine Second']);
  t.deepEqual(chain('Last'), ['engine Begin', 'engine/echo Ask', 'engine First', 'engine/echo Last']);
});

test('what comes from outside has no cause, however much happened before', (t) => {
  const { send, entries } = watched();
  send('Begin');
  send('Begin');
  t.deepEqual(
    entries()
      .filter(({ type }) => type === 'Begin')
      .map(({ cause, from }) => [cause, from]),
    [
      [undefined, undefined],
      [undefined, undefined],
    ],
  );
});

test('an actor that breaks is a defect, told with its error, and is at work no more', (t) => {
  const { sendToEcho, send, entries, defects, observer } = watched();
  sendToEcho('Break');
  t.is(defects.length, 1);
  const all = entries();
  const error = all.find(({ type }) => type === 'xstate.error.actor.echo');
  t.like(error, { actor: 'engine', from: 'engine/echo', details: { error: { message: 'broken' } } });
  t.deepEqual(chainOf(all, error), ['engine/echo Break', 'engine xstate.error.actor.echo']);
  t.is(observer.processing, undefined);
  send('Begin');
  t.is(entries().findLast(({ type }) => type === 'Begin')?.cause, undefined);
});
