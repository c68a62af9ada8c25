import test from 'ava';
import fc from 'fast-check';
import { type Metric, openMetricsText } from '../../index.ts';
import { freshDirectory, lithify } from '../support/cli.ts';
import { openEngine } from '../support/engines.ts';
import { parseOpenMetrics } from './support/open-metrics-parser.ts';
import { point } from './support/points.ts';

function counting(name: string, unit: string, points: Metric['points']): Metric {
  return { name, unit, description: 'Something.', kind: 'counter', points };
}

test('what an engine tells is read back by a strict parser, number by number', async (t) => {
  const engine = await openEngine(t);
  await engine.topic('a "topic"\\with\nall of it').produce({ key: 1n, value: 'v' });
  for (let i = 0; i < 100; i++) await engine.kv.put(`k${i}`, 'v');
  await engine.ask({ type: 'MajorCompaction' });
  const metrics = engine.metrics();
  const families = new Map(parseOpenMetrics(openMetricsText(metrics)).map((family) => [family.name, family]));
  t.is(families.size, metrics.length);
  const acknowledged = families.get('lithify_write_entries');
  t.deepEqual(acknowledged?.samples, [{ suffix: '_total', labels: {}, value: 101 }]);
  t.is(families.get('lithify_write_bytes')?.unit, 'bytes');
  t.is(families.get('lithify_mailbox_age_milliseconds')?.kind, 'gauge');
  t.is(families.get('lithify_topic_records')?.samples[0].labels.topic, 'a "topic"\\with\nall of it');
  for (const { name, description } of metrics) {
    const family = [...families.values()].find(({ help }) => help === description);
    t.truthy(family, name);
  }
});

test('buckets of a histogram are cumulative there', async (t) => {
  const engine = await openEngine(t);
  for (let i = 0; i < 5; i++) await engine.ask({ type: 'GarbageCollect' });
  const metrics = engine.metrics();
  const histogram = point(metrics, 'request.duration', { type: 'GarbageCollect', outcome: 'done' })?.histogram;
  t.is(histogram?.count, 5);
  const family = parseOpenMetrics(openMetricsText(metrics)).find(({ name }) => name === 'lithify_request_duration_milliseconds');
  const buckets = family?.samples.filter(({ suffix }) => suffix === '_bucket').map(({ value }) => value) ?? [];
  let below = 0;
  t.deepEqual(
    buckets,
    histogram?.counts.map((count) => (below += count)),
  );
  t.is(buckets.at(-1), 5);
});

test('no metrics are an empty, whole document', (t) => {
  t.is(openMetricsText([]), '# EOF\n');
  t.deepEqual(parseOpenMetrics('# EOF\n'), []);
});

test('any text survives in labels and descriptions, any number as it is, whatever the names are', (t) => {
  const number = fc.oneof(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER));
  const text = fc.string({ unit: 'binary' });
  const points = fc.uniqueArray(fc.record({ label: text, value: number }), { maxLength: 5, selector: ({ label }) => label });
  const survives = fc.property(points, text, (given, description) => {
    const metric: Metric = {
      ...counting('lithify.some-thing.odd', 'By', []),
      description,
      points: given.map(({ label, value }) => ({ attributes: { label, flag: true }, value })),
    };
    const [family] = parseOpenMetrics(openMetricsText([metric]));
    t.is(family.name, 'lithify_some_thing_odd_bytes');
    t.is(family.help, description);
    t.deepEqual(
      family.samples.map(({ labels, value }) => [labels, value]),
      given.map(({ label, value }) => [{ label, flag: 'true' }, value]),
    );
  });
  fc.assert(survives);
});

test('the same metric of several stores is one family', (t) => {
  const text = openMetricsText([
    counting('lithify.write.bytes', 'By', [{ attributes: { store: 'a' }, value: 1 }]),
    counting('lithify.write.bytes', 'By', [{ attributes: { store: 'b' }, value: 2 }]),
  ]);
  const [family, ...others] = parseOpenMetrics(text);
  t.deepEqual(others, []);
  t.deepEqual(
    family.samples.map(({ labels, value }) => [labels.store, value]),
    [
      ['a', 1],
      ['b', 2],
    ],
  );
});

test('the parser of this spec refuses what is not the format', (t) => {
  const head = '# TYPE a counter\n# HELP a x\n';
  for (const wrong of [
    '',
    `${head}a_total 1\n`,
    `${head}a 1\n# EOF\n`,
    `${head}a_total 1\n# EOF`,
    `${head}a_total 1\n# EOF\n\n`,
    `${head}a_total{l="x} 1\n# EOF\n`,
    `${head}a_total{l="\\x"} 1\n# EOF\n`,
    `${head}a_total{l="1",l="2"} 1\n# EOF\n`,
    `${head}a_total 1\na_total 2\n# EOF\n`,
    `${head}a_total -1\n# EOF\n`,
    `${head}${head}# EOF\n`,
    '# TYPE a counter\n# UNIT a bytes\n# EOF\n',
    '# TYPE a histogram\na_bucket{le="1.0"} 2\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n# EOF\n',
    '# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n# EOF\n',
  ]) {
    t.throws(() => parseOpenMetrics(wrong), undefined, wrong);
  }
});

test('lithify stats --openmetrics prints it, and goes with --json no more than anything else does', async (t) => {
  const db = await freshDirectory(t);
  await lithify(['put', '--db', db, 'k', 'v']);
  const { code, stdout, stderr } = await lithify(['stats', '--db', db, '--openmetrics']);
  t.is(stderr, '');
  t.is(code, 0);
  const families = parseOpenMetrics(stdout);
  t.deepEqual(families.find(({ name }) => name === 'lithify_sequence')?.samples, [{ suffix: '', labels: {}, value: 1 }]);
  t.is((await lithify(['stats', '--db', db, '--openmetrics', '--json'])).code, 2);
});

test('what is no list of metrics is refused by code', (t) => {
  for (const none of [undefined, null, {}, 'x'] as unknown[] as Metric[][]) {
    t.throws(() => openMetricsText(none), { code: 'LITHIFY_INVALID_ARGUMENT', message: /engine\.metrics\(\)/ });
  }
});
