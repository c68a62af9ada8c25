import test from 'ava';
import type { Metric } from '../../index.ts';
import { runPasted, sampleWith, textOf } from '../docs/support/samples.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';

const PAGE = 'docs/metrics.md';
const ROW = /^\| `(lithify\.[^`]+)` \| (\w+) \| (\S+) \| (.*) \| (.+) \|$/gm;

function rows(): { name: string; kind: string; unit: string; attributes: string; description: string }[] {
  return [...textOf(PAGE).matchAll(ROW)].map(([, name, kind, unit, attributes, description]) => ({
    name,
    kind,
    unit,
    attributes,
    description,
  }));
}

test('the table has every metric, in the order of engine.metrics(), as it describes itself', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory' }, 'memory');
  t.deepEqual(
    rows().map(({ attributes: _, ...row }) => row),
    engine.metrics().map(({ points: _, ...described }) => described),
  );
});

test('every attribute that a point has stands in the row of its metric', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory' }, 'memory');
  const topic = engine.topic('topic');
  await topic.produce({ key: 1n, value: 'v' });
  await topic.commit('group', 0);
  await engine.ask({ type: 'MajorCompaction' });
  const written = new Map(rows().map(({ name, attributes }) => [name, attributes]));
  for (const { name, points } of engine.metrics()) {
    for (const key of keysOf(points)) t.true(written.get(name)?.includes(`\`${key}\``), `${name}: ${key}`);
  }
});

test('names that the page mentions are names of metrics', async (t) => {
  const known = new Set(rows().map(({ name }) => name));
  for (const [, name] of textOf(PAGE).matchAll(/`(lithify\.(?!ask)[a-z_.]+)`/g)) t.true(known.has(name), name);
});

test('the recipe for OpenTelemetry exports what the engine counted, with units and kinds as they are', async (t) => {
  const { stdout } = await runPasted(sampleWith('@opentelemetry/sdk-metrics', PAGE), await tempDirectory(t));
  const lines = new Set(stdout.trim().split('\n'));
  for (const line of [
    'lithify.write.entries {} 100',
    'lithify.engine.state {"state":"open"} 1',
    'lithify.level.entries {"level":"6"} 100',
    'lithify.compaction.count {"kind":"flush"} 1',
    'lithify.request.duration.count {"type":"MajorCompaction","outcome":"done"} 1',
  ])
    t.true(lines.has(line), `${line}\n${stdout}`);
});

function keysOf(points: Metric['points']): string[] {
  return [...new Set(points.flatMap(({ attributes }) => Object.keys(attributes)))];
}
