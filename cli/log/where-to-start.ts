import { InvalidArgumentError } from 'commander';
import type { ConsumerOffset, StartFrom } from '../../index.ts';

/** `TOPIC,PARTITION,OFFSET`: the last two fields are numbers, what is before them is the name, commas included. */
export function parseConsumerOffset(text: string): ConsumerOffset {
  const [, topic, partition, offset] = /^(.+),(\d+),(\d+)$/s.exec(text) ?? [];
  const place = { partition: Number(partition), offset: Number(offset) };
  if (topic === undefined || !Number.isSafeInteger(place.partition) || !Number.isSafeInteger(place.offset))
    throw new InvalidArgumentError('It must be TOPIC,PARTITION,OFFSET, the last two being numbers.');
  return { topic, ...place };
}

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** `beginning`, `end` or an RFC 3339 time. */
export function parseFrom(text: string): StartFrom {
  if (text === 'beginning' || text === 'end') return text;
  const time = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return { time };
  throw new InvalidArgumentError('It must be beginning, end, or a time such as 2023-11-14T22:13:20Z.');
}
