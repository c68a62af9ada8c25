import test from 'ava';
import { parseDuration } from '../../cli/log/duration.ts';
import { parseConsumerOffset, parseFrom } from '../../cli/log/where-to-start.ts';

test('times are written as for streambed’s command line', (t) => {
  const times = { '0': 0, '100ms': 100, '1s': 1000, '2h 30m': 9_000_000, '1 day 1sec': 86_401_000, '5us': 0.005, '0ms': 0 };
  for (const [text, ms] of Object.entries(times)) t.is(parseDuration(text), ms, text);
  for (const text of ['', '5', 's', '-1s', '1.5s', '1x', '1s,', '1s 2', 'constructor', '1constructor', `${'9'.repeat(400)}s`])
    t.is(parseDuration(text), undefined, text);
});

test('the last two fields of an offset are numbers, and everything before them the topic', (t) => {
  t.deepEqual(parseConsumerOffset('a,1,2'), { topic: 'a', partition: 1, offset: 2 });
  t.deepEqual(parseConsumerOffset('a,0,1,2,3'), { topic: 'a,0,1', partition: 2, offset: 3 });
  for (const text of ['a,1', ',1,2', 'a,1,', 'a,1,-2', 'a,1,2 ', 'a,1,2x']) t.throws(() => parseConsumerOffset(text), undefined, text);
});

test('reading starts at the beginning, the end or a time', (t) => {
  t.is(parseFrom('end'), 'end');
  t.is(parseFrom('beginning'), 'beginning');
  t.deepEqual(parseFrom('2023-11-14T22:13:20.5Z'), { time: 1_700_000_000_500 });
  t.deepEqual(parseFrom('2023-11-15T00:13:20+02:00'), { time: 1_700_000_000_000 });
  for (const text of ['', 'now', '2023-11-14', '2023-11-14T22:13:20', '2023-13-14T22:13:20Z'])
    t.throws(() => parseFrom(text), undefined, text);
});
