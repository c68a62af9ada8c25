import test from 'ava';
import { interval, of } from 'rxjs';
import {
  type AnyActorLogic,
  assign,
  cancel,
  emit,
  enqueueActions,
  forwardTo,
  fromCallback,
  fromObservable,
  fromTransition,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { persist } from '../../index.ts';
import { memoryEngine } from './support/kept-actors.ts';
import { changes, lived } from './support/lived.ts';

type Told = unknown[];
type Event = { type: string; [name: string]: unknown };
type Feature = readonly [name: string, make: (told: Told) => AnyActorLogic, steps: readonly (string | number)[]];

/** Loosely typed, since every machine here is another one. */
function frame(told: Told) {
  const child = setup({ types: { events: {} as Event } }).createMachine({
    context: { heard: 0 },
    tags: 'child',
    on: {
      ASK: {
        actions: [
          assign({ heard: ({ context }) => context.heard + 1 }),
          sendParent(({ context }) => ({ type: 'ANSWER', n: context.heard })),
        ],
      },
    },
    exit: () => void told.push('child left'),
  });
  const grandparent = setup({ types: { events: {} as Event }, actors: { child } }).createMachine({
    initial: 'a',
    states: {
      a: {
        invoke: { id: 'inner', src: 'child', systemId: 'inner' },
        on: { 'ASK.INNER': { actions: sendTo('inner', { type: 'ASK' }) }, ANSWER: 'b' },
      },
      b: { type: 'final' },
    },
    output: 'answered',
  });
  return setup({
    types: {
      context: {} as { n: number; ref?: unknown },
      events: {} as Event,
      emitted: {} as Event,
      tags: {} as string,
      input: {} as { n: number } | undefined,
    },
    actors: {
      child,
      grandparent,
      chatty: fromCallback(({ sendBack, receive }) => {
        sendBack({ type: 'HELLO' });
        receive((event) => sendBack({ type: 'ECHO', of: event.type }));
        return () => void told.push('callback ended');
      }),
      numbers: fromObservable(() => of(1, 2, 3)),
      forever: fromObservable(() => interval(1_000_000)),
      sum: fromTransition((sum: number, event: Event) => sum + (event.by as number), 0),
      failing: fromCallback(() => {
        throw new Error('at once');
      }),
    },
    actions: {
      add: assign({ n: ({ context }) => context.n + 1 }),
      note: ({ context, event }) => void told.push(`${event.type} ${context.n}`),
    },
  });
}

const FEATURES: readonly Feature[] = [
  [
    'parallel states, each with its own end, and tags',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        type: 'parallel',
        states: {
          left: {
            initial: 'a',
            states: { a: { tags: 'busy', on: { L: 'b', BOTH: 'b' } }, b: { type: 'final', entry: 'note' } },
            onDone: { actions: ['add', 'note'] },
          },
          right: {
            initial: 'a',
            states: { a: { after: { 50: 'c' }, on: { BOTH: 'c' } }, c: { on: { R: 'd' } }, d: { type: 'final' } },
            onDone: { actions: 'note' },
          },
        },
        onDone: { actions: 'note' },
      }),
    ['L', 60, 'BOTH', 'R'],
  ],
  [
    'shallow and deep history',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        initial: 'on',
        states: {
          on: {
            initial: 'x',
            states: {
              x: { on: { NEXT: 'y' } },
              y: { initial: 'p', states: { p: { on: { NEXT: 'q' } }, q: { entry: 'note' } } },
              shallow: { type: 'history' },
              deep: { type: 'history', history: 'deep' },
            },
            on: { OFF: 'off' },
          },
          off: { on: { SHALLOW: 'on.shallow', DEEP: 'on.deep' } },
        },
      }),
    ['NEXT', 'NEXT', 'OFF', 'DEEP', 'OFF', 'SHALLOW', 'OFF', 'DEEP'],
  ],
  [
    'always and raise run to their end in one step',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        initial: 'a',
        states: {
          a: { on: { GO: { target: 'b', actions: [raise({ type: 'INNER' }), 'note'] } } },
          b: {
            entry: 'add',
            always: { guard: ({ context }) => context.n < 20, target: 'b', reenter: true },
            on: { INNER: { target: 'c', actions: 'note' } },
          },
          c: { always: { target: 'a', actions: 'note' } },
        },
      }),
    ['GO', 'GO'],
  ],
  [
    'a child that is spawned, asked and stopped in one step, and one that is spawned in an assign',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        on: {
          BRIEF: { actions: [spawnChild('child', { id: 'brief' }), sendTo('brief', { type: 'ASK' }), stopChild('brief')] },
          ASSIGN: { actions: assign({ ref: ({ spawn }) => spawn('child', { id: 'kept', systemId: 'kept' }) }) },
          ASK: { actions: forwardTo('kept') },
          BYNAME: { actions: sendTo(({ system }) => system.get('kept'), { type: 'ASK' }) },
          DROP: { actions: [stopChild('kept'), assign({ ref: undefined })] },
          ANSWER: { actions: ['add', 'note'] },
        },
      }),
    ['BRIEF', 'ASSIGN', 'ASK', 'BYNAME', 'DROP', 'ASSIGN', 'ASK', 'BRIEF'],
  ],
  [
    'children of children under system ids, entered again while they live',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        initial: 'a',
        states: {
          a: {
            invoke: {
              id: 'mid',
              src: 'grandparent',
              systemId: 'mid',
              onDone: { target: 'b', actions: ({ event }) => void told.push(event.output) },
            },
            on: { AGAIN: { target: 'a', reenter: true }, ASK: { actions: sendTo('mid', { type: 'ASK.INNER' }) } },
          },
          b: { on: { BACK: 'a' } },
        },
      }),
    ['AGAIN', 'AGAIN', 'ASK', 'BACK', 'AGAIN', 'ASK'],
  ],
  [
    'a callback that speaks at once, and hears what it is sent',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        initial: 'a',
        states: {
          a: {
            invoke: { id: 'chatty', src: 'chatty' },
            on: { HELLO: { actions: ['note', sendTo('chatty', { type: 'PING' })] }, ECHO: { target: 'b', actions: 'note' } },
          },
          b: { on: { BACK: 'a' } },
        },
      }),
    ['BACK', 'BACK'],
  ],
  [
    'an observable that ends at once, and one that never does',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        initial: 'a',
        states: {
          a: {
            invoke: [
              { src: 'numbers', onSnapshot: { actions: ['add', 'note'] }, onDone: { target: 'b', actions: 'note' } },
              { src: 'forever' },
            ],
          },
          b: { on: { BACK: 'a' } },
        },
      }),
    ['BACK'],
  ],
  [
    'a reducer that is spawned, with its snapshots synchronised',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        entry: spawnChild('sum', { id: 'sum', syncSnapshot: true }),
        on: { ADD: { actions: sendTo('sum', { type: 'ADD', by: 2 }) }, 'xstate.snapshot.sum': { actions: ['add', 'note'] } },
      }),
    ['ADD', 'ADD'],
  ],
  [
    'enqueueActions, emit, and cancelling by id what is delayed',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        on: {
          SET: {
            actions: enqueueActions(({ enqueue, check }) => {
              enqueue('add');
              enqueue.raise({ type: 'LATE' }, { delay: 50, id: 'late' });
              if (check(({ context }: { context: { n: number } }) => context.n > 0)) enqueue.emit({ type: 'emitted', count: 1 });
            }),
          },
          UNSET: { actions: cancel('late') },
          MOVE: { actions: [cancel('late'), raise({ type: 'LATE' }, { delay: 80, id: 'late' })] },
          LATE: { actions: ['note', emit({ type: 'emitted', count: 2 })] },
        },
      }),
    ['SET', 60, 'SET', 'UNSET', 60, 'SET', 'MOVE', 60, 30, 'SET', 'SET', 60],
  ],
  [
    'wildcards, and the same event in parent and child state',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        initial: 'a',
        states: { a: { on: { 'mouse.*': { actions: ['add', 'note'] }, '*': 'b' } }, b: { on: { 'a.b.c': 'a' } } },
        on: { '*': { actions: 'note' } },
      }),
    ['mouse.down', 'mouse', 'other', 'a.b', 'a.b.c'],
  ],
  [
    'a final state with children alive, and an output that is computed',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        initial: 'a',
        states: {
          a: { entry: spawnChild('child', { id: 'alive' }), invoke: { src: 'chatty' }, on: { END: { target: 'end', actions: 'add' } } },
          end: { type: 'final', output: 5 },
        },
        output: ({ context, event }) => [context.n, event],
      }),
    ['END'],
  ],
  [
    'a child that fails when it is started',
    (told) =>
      frame(told).createMachine({
        context: { n: 0 },
        initial: 'a',
        states: {
          a: { on: { GO: 'b' } },
          b: { invoke: { src: 'failing', onError: { target: 'a', actions: ({ event }) => void told.push(String(event.error)) } } },
        },
      }),
    ['GO', 'GO'],
  ],
  [
    'a failure that nobody handles',
    (told) =>
      frame(told).createMachine({ context: { n: 0 }, initial: 'a', states: { a: { on: { GO: 'b' } }, b: { invoke: { src: 'failing' } } } }),
    ['GO'],
  ],
];

for (const [name, make, steps] of FEATURES) {
  test(`as in a plain actor: ${name}`, async (t) => {
    const engine = await memoryEngine(t);
    const plain = await lived(make, steps, false);
    const kept = await lived((told) => persist(make(told), { engine, id: 'one' }), steps, true);
    t.deepEqual(changes(kept), changes(plain));
    t.true(plain.length > 1);
  });
}
