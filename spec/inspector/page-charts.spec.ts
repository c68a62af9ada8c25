import { readdir, readFile } from 'node:fs/promises';
import test from 'ava';
import type { ChartLayout } from '../../inspector/chart-layout.ts';
import { chartText, edgesTaken, litNodes, type Transition, transitionOf } from '../../inspector/page/model/charts.ts';
import { inventedEntry, inventedTransition } from '../support/invented-frames.ts';

const CHARTS = new URL('../../inspector/charts/', import.meta.url);

async function chart(id: string): Promise<ChartLayout> {
  return JSON.parse(await readFile(new URL(`${id}.json`, CHARTS), 'utf8'));
}

function transition(change: Partial<Transition>): Transition {
  return {
    ...{ n: 1, atMs: 0, actor: 'compactor-0', machine: 'compactor', event: 'Assign', from: ['idle'], to: ['working.running'] },
    ...change,
  };
}

function ends(layout: ChartLayout, change: Partial<Transition>): string[] {
  return edgesTaken(layout, transition(change)).map(({ source, target, event }) => `${source} → ${target} on ${event}`);
}

test('a state is lit with everything that it is in', (t) => {
  t.deepEqual([...litNodes(['working.running', 'other'])].sort(), ['other', 'working', 'working.running']);
  t.deepEqual([...litNodes([])], []);
});

test('a transition flashes the edge that has its event', async (t) => {
  t.deepEqual(ends(await chart('compactor'), {}), ['idle → working on Assign']);
});

test('XState’s own events are found by what they end', async (t) => {
  const layout = await chart('compactor');
  t.deepEqual(ends(layout, { event: 'xstate.after.backOffMs.compactor.backingOff', from: ['backingOff'], to: ['idle'] }), [
    'backingOff → idle on after backOffMs',
  ]);
});

test('of several edges between two states only the one with the event flashes', async (t) => {
  const layout = await chart('compactor');
  const taken = (event: string) => ends(layout, { event, from: ['working.running'], to: ['backingOff'] });
  t.deepEqual(taken('xstate.error.actor.job'), ['working → backingOff on error: runTicket']);
  t.deepEqual(taken('xstate.done.actor.job'), ['working → backingOff on done: runTicket']);
});

test('a transition whose event no edge has flashes what leads from one state to the other', async (t) => {
  const layout = await chart('compactor');
  t.deepEqual(ends(layout, { event: 'xstate.done.actor.job', from: ['rested'], to: ['idle'] }), ['rested → idle on always']);
});

test('states that the chart does not have flash nothing', async (t) => {
  t.deepEqual(ends(await chart('compactor'), { from: ['nowhere'], to: ['neither'] }), []);
});

test('only whole transitions are taken from the recorder', (t) => {
  t.like(transitionOf(inventedTransition(1)), { machine: 'compactor', from: ['idle'], to: ['working.running'] });
  t.is(transitionOf(inventedEntry(2)), undefined);
  t.is(transitionOf(inventedTransition(3, { machine: 17 })), undefined);
  t.deepEqual(transitionOf(inventedTransition(4, { from: 'idle', to: [1, 'open'] }))?.to, ['open']);
});

test('a chart is told in words, too', (t) => {
  t.is(chartText('compactor', ['working.running']), 'State chart of compactor. Current: working.running.');
  t.is(chartText('worker', []), 'State chart of worker. No actor runs it now.');
});

test('every chart that is laid out can be drawn: its edges end at its nodes and its text lies in the picture', async (t) => {
  const files = (await readdir(CHARTS)).filter((name) => name.endsWith('.json'));
  t.true(files.length >= 7);
  for (const file of files) {
    const layout = await chart(file.replace('.json', ''));
    const ids = new Set(layout.nodes.map(({ id }) => id));
    for (const { source, target, points, label } of layout.edges) {
      t.true(ids.has(source) && (target === undefined || ids.has(target)), `${file}: ${source} → ${target}`);
      t.true(
        points.every(([x, y]) => x >= 0 && x <= layout.width && y >= 0 && y <= layout.height),
        file,
      );
      if (label !== undefined) t.true(label.x >= 0 && label.x + label.width <= layout.width, `${file}: ${label.text}`);
    }
  }
});
