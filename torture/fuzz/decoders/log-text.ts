import { checkedName } from '../../../actors/logs/topic-names.ts';
import { fromBase64, toBase64 } from '../../../storage/log/base64.ts';
import { type JsonForm, parseProducerRecord, toJsonLine } from '../../../storage/log/json.ts';
import { formatTime, parseTime } from '../../../storage/log/rfc3339.ts';
import { topicFiles } from '../../../storage/log/streambed/topic-files.ts';
import { bytesOf, type Decoder, must, mustEqual, NotOne } from '../decoder.ts';
import { escapes } from '../escapes.ts';
import { NAMES } from '../names.ts';

const LINES = [
  '{"topic":"t","headers":null,"timestamp":null,"key":18446744073709551615,"value":"YQ==","partition":0,"offset":3}',
  '{"topic":"t","headers":[{"key":"a","value":"AQID"},{"key":"b","value":""}],"timestamp":"2023-11-14T22:13:20.123Z","key":7,"value":"YWJj"}',
];
const TEXT_LINES = ['{"topic":"t","headers":null,"key":"7","value":"text \\n ü"}', '{"topic":"t","headers":null,"key":8,"value64":"/w=="}'];

function lineDecoder(name: string, samples: readonly string[], form: JsonForm, to?: string): Decoder<string> {
  return {
    name,
    covers: ['parseProducerRecord', 'toJsonLine', 'encodable'],
    samples: () => samples,
    decode: (line) => {
      const record = parseProducerRecord(line, form, to);
      must(Object.getPrototypeOf(record) === Object.prototype && typeof record.topic === 'string', 'a record that is no plain data');
      const stored = { ...record, partition: record.partition ?? 0, offset: 0, headers: record.headers ?? [] };
      const value = typeof record.value === 'string' ? bytesOf(record.value) : record.value;
      const again = parseProducerRecord(toJsonLine({ ...stored, value }, form), form);
      mustEqual(again, { ...record, partition: record.partition ?? 0, value }, 'a record that is another one once it is written down');
    },
  };
}

export const LOG_TEXT_DECODERS: readonly Decoder<string>[] = [
  lineDecoder('a line of records', LINES, {}),
  lineDecoder('a line of records as text', TEXT_LINES, { keyText: true, valueText: true }),
  lineDecoder('a line for one topic', LINES, {}, 'the topic'),
  {
    name: 'Base64',
    covers: ['fromBase64'],
    samples: () => ['', 'AA==', 'AQI=', 'AQID', 'YWJjZGVmZ2g='],
    decode: (text) => {
      const bytes = fromBase64(text);
      if (bytes === undefined) throw new NotOne('no Base64');
      must(toBase64(bytes) === text, 'the text says something else');
    },
  },
  {
    name: 'a time',
    covers: ['parseTime'],
    samples: () => ['2023-11-14T22:13:20.123Z', '-0001-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', '2024-02-29t23:59:60+23:59'],
    decode: (text) => {
      const time = parseTime(text);
      if (time === undefined) throw new NotOne('no time');
      must(Number.isFinite(time) && parseTime(formatTime(time)) === time, 'another time once it is written down');
    },
  },
  {
    name: 'the files of a topic',
    covers: ['topicFiles'],
    samples: () => NAMES,
    decode: (name) => {
      const { ancientHistory, history, active } = topicFiles('/var/logged', name);
      for (const path of [ancientHistory, history, active]) must(!escapes('/var/logged', path), `${path} is elsewhere`);
    },
  },
  {
    name: 'the name of a topic',
    covers: ['checkedName'],
    samples: () => NAMES,
    decode: (name) => must(checkedName(name) === name && bytesOf(name).length <= 1024, 'another name'),
  },
];
