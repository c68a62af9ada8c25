import fc from 'fast-check';
import { type AnyStateMachine, and, createMachine, fromPromise, not } from 'xstate';

/** What a generated machine is made of; `chartOf` must find all of it again. */
export interface MachineDraft {
  /** The first is the machine; the parent of each other one comes before it. */
  readonly states: readonly StateDraft[];
  readonly transitions: readonly TransitionDraft[];
}

export interface StateDraft {
  readonly key: string;
  readonly parent: number | undefined;
  /** Of one that has states. */
  readonly isParallel: boolean;
  readonly isFinal: boolean;
  readonly entry: readonly PieceDraft[];
  readonly invokes: readonly InvokeDraft[];
}

export interface InvokeDraft {
  readonly src: string | undefined;
  readonly hasId: boolean;
}

/** An action or a guard, as it is written and as it is called. */
export interface PieceDraft {
  readonly written: unknown;
  readonly name: string;
}

export interface TransitionDraft {
  readonly source: number;
  readonly on: 'event' | 'always' | 'after' | 'done' | 'error' | 'stateDone';
  readonly event: string;
  readonly target: number | undefined;
  readonly guard: PieceDraft | undefined;
  readonly actions: readonly PieceDraft[];
  readonly reenter: boolean;
}

/** Names that people choose, and those that a diagram's grammar stumbles over. */
const HOSTILE = [
  'state',
  'note',
  'end',
  'a b',
  'x_start',
  'root',
  '[*]',
  '-->',
  '"',
  '#35;',
  'direction LR',
  '[[fork]]',
  '%%',
  ':::',
  '}',
  '- a',
  ' ',
];
const name = fc.oneof(
  fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,8}$/),
  fc.constantFrom(...HOSTILE),
  // Dots part the keys of a path, and `#` begins an id.
  fc.string({ minLength: 1, maxLength: 6, unit: 'binary' }).filter((text) => !/[.\\#\n]|^__proto__$/.test(text)),
);

/** As a function written where it stands. */
const [NAMELESS] = [() => true];

const action: fc.Arbitrary<PieceDraft> = fc.oneof(
  name.map((text) => ({ written: text, name: text })),
  name.map((text) => ({ written: { type: text, params: () => ({}) }, name: text })),
  fc.constant({ written: NAMELESS, name: 'inline action' }),
  fc.constant({ written: function sayHello() {}, name: 'sayHello' }),
);
const guard: fc.Arbitrary<PieceDraft> = fc.oneof(
  name.map((text) => ({ written: text, name: text })),
  name.map((text) => ({ written: and([text, not('b')]), name: `and(${text}, not(b))` })),
  fc.constant({ written: NAMELESS, name: 'inline guard' }),
);

export const anyDraft: fc.Arbitrary<MachineDraft> = fc
  .integer({ min: 1, max: 9 })
  .chain((count) =>
    fc.record({
      states: fc.tuple(...Array.from({ length: count }, (_, n) => stateDraft(n))),
      transitions: fc.array(transitionDraft(count), { maxLength: 14 }),
    }),
  )
  .map(({ states, transitions }) => ({ states: withOwnKeys(states), transitions: transitions.filter((one) => isPossible(one, states)) }));

function stateDraft(n: number): fc.Arbitrary<StateDraft> {
  return fc.record({
    key: name,
    parent: n === 0 ? fc.constant(undefined) : fc.nat({ max: n - 1 }),
    isParallel: fc.boolean(),
    isFinal: fc.boolean(),
    entry: fc.array(action, { maxLength: 2 }),
    invokes: fc.array(fc.record({ src: fc.option(name, { nil: undefined }), hasId: fc.boolean() }), { maxLength: 2 }),
  });
}

function transitionDraft(count: number): fc.Arbitrary<TransitionDraft> {
  return fc.record({
    source: fc.nat({ max: count - 1 }),
    on: fc.constantFrom('event', 'always', 'after', 'done', 'error', 'stateDone'),
    event: name,
    target: fc.option(fc.nat({ max: count - 1 }), { nil: undefined }),
    guard: fc.option(guard, { nil: undefined }),
    actions: fc.array(action, { maxLength: 2 }),
    reenter: fc.boolean(),
  });
}

/** Siblings have different keys. */
function withOwnKeys(states: readonly StateDraft[]): StateDraft[] {
  return states.map((state, n) => {
    const isTaken = states.slice(0, n).some(({ key, parent }) => key === state.key && parent === state.parent);
    return isTaken ? { ...state, key: `${state.key}${n}` } : state;
  });
}

/** Only a state that runs something hears of its end. */
function isPossible({ source, on }: TransitionDraft, states: readonly StateDraft[]): boolean {
  return (on !== 'done' && on !== 'error') || states[source].invokes.length > 0;
}

export function hasChildren({ states }: MachineDraft, n: number): boolean {
  return states.some(({ parent }) => parent === n);
}

export function pathOf(draft: MachineDraft, n: number): string {
  const { key, parent } = draft.states[n];
  if (parent === undefined) return '';
  return parent === 0 ? key : `${pathOf(draft, parent)}.${key}`;
}

/** An explicit id, so that every state can be a target from everywhere. */
export function machineOf(draft: MachineDraft): AnyStateMachine {
  return createMachine(configOf(draft, 0) as Parameters<typeof createMachine>[0]);
}

function configOf(draft: MachineDraft, n: number): object {
  const { states, transitions } = draft;
  const { isParallel, isFinal, entry, invokes } = states[n];
  const children = states.flatMap(({ key, parent }, child) => (parent === n ? [[key, configOf(draft, child)] as const] : []));
  const own = transitions.filter(({ source }) => source === n);
  const of = (on: TransitionDraft['on']) => own.filter((one) => one.on === on);
  return {
    id: `s${n}`,
    ...typeOf(children, isParallel, isFinal && n > 0),
    entry: entry.map(({ written }) => written),
    invoke: invokes.map((invoke, at) => ({
      ...{ src: invoke.src ?? fromPromise(async () => {}), ...(invoke.hasId ? { id: `i${n}-${at}` } : {}) },
      ...(at === 0 ? { onDone: of('done').map(written), onError: of('error').map(written) } : {}),
    })),
    on: grouped(of('event')),
    after: grouped(of('after')),
    always: of('always').map(written),
    ...(of('stateDone').length === 0 ? {} : { onDone: of('stateDone').map(written) }),
  };
}

function typeOf(children: readonly (readonly [key: string, config: object])[], isParallel: boolean, isFinal: boolean): object {
  if (children.length === 0) return isFinal ? { type: 'final' } : {};
  return { states: Object.fromEntries(children), ...(isParallel ? { type: 'parallel' } : { initial: children[0][0] }) };
}

function grouped(transitions: readonly TransitionDraft[]): object {
  return Object.fromEntries([...Map.groupBy(transitions, ({ event }) => event)].map(([event, all]) => [event, all.map(written)]));
}

function written({ target, guard: condition, actions, reenter }: TransitionDraft): object {
  return {
    ...(target === undefined ? {} : { target: `#s${target}` }),
    ...(condition === undefined ? {} : { guard: condition.written }),
    ...{ actions: actions.map((one) => one.written), reenter },
  };
}
