import test from 'ava';
import { createActor, createMachine, sendTo } from 'xstate';
import { tapInspection } from '../../actors/observation/recorder/tap.ts';

const child = createMachine({ id: 'child', on: { Hello: {} } });
const parent = createMachine({
  id: 'parent',
  invoke: { src: child, id: 'child' },
  on: { Greet: { actions: sendTo('child', { type: 'Hello' }) } },
});

/** Types of the events that a tap hears when the parent greets. `prepare`: before anybody listens. */
function heard(prepare: (root: ReturnType<typeof createActor<typeof parent>>) => void): { all: string[]; viaObserver: number } {
  const root = createActor(parent);
  let viaObserver = 0;
  const inspect = root.system.inspect;
  root.system.inspect = (observer) => {
    viaObserver++;
    return inspect(observer);
  };
  prepare(root);
  const all: string[] = [];
  const release = tapInspection(root, (event) => void all.push('event' in event ? `${event.type} ${event.event.type}` : event.type));
  root.start();
  root.send({ type: 'Greet' });
  release();
  root.send({ type: 'Greet' });
  root.stop();
  return { all, viaObserver };
}

test('this XState lets the recorder hear before its observers; without that place the recorder is one of them, and hears the same', (t) => {
  const tapped = heard(() => {});
  t.is(tapped.viaObserver, 0, 'XState has changed: the recorder makes every write slower now');
  t.true(tapped.all.includes('@xstate.event Hello'));
  t.is(tapped.all.filter((one) => one === '@xstate.event Greet').length, 1);
  const observing = heard((root) => {
    const { system } = root;
    const send: unknown = Reflect.get(system, '_sendInspectionEvent');
    // Hidden from who looks for it, and still there for XState.
    Object.defineProperty(system, '_sendInspectionEvent', { configurable: true, get: () => (isLooking() ? undefined : send) });
  });
  t.is(observing.viaObserver, 1);
  t.deepEqual(observing.all, tapped.all);
});

function isLooking(): boolean {
  return new Error('who asks').stack?.includes('tapInspection') === true;
}

test('observers of XState’s own, and what a listener throws, change nothing for each other', (t) => {
  const root = createActor(parent);
  let [listened, observed] = [0, 0];
  tapInspection(root, () => {
    listened++;
    throw new Error('a broken listener');
  });
  root.system.inspect(() => void observed++);
  root.start();
  root.send({ type: 'Greet' });
  t.is(root.getSnapshot().status, 'active');
  t.true(listened > 5);
  t.is(observed, listened);
});
