import { InvalidArgumentError } from 'commander';
import { parseIntent } from '../../../cli/demo/intent.ts';
import { visibleText } from '../../../cli/format.ts';
import { isBlank, LineSplitter } from '../../../cli/lines.ts';
import { parseDuration } from '../../../cli/log/duration.ts';
import { parseConsumerOffset, parseFrom } from '../../../cli/log/where-to-start.ts';
import { wholeNumber } from '../../../cli/options.ts';
import { BadRecord, formatRecord, parseRecord } from '../../../cli/record.ts';
import { bytesOf, type Decoder, must, mustEqual, NotOne } from '../decoder.ts';

function isBadRecord(error: unknown): boolean {
  return error instanceof BadRecord;
}
/** Wrong usage: the command says so, and ends with 2. */
function isWrongUsage(error: unknown): boolean {
  return error instanceof InvalidArgumentError;
}

const CONTROL = /\p{Cc}/u;
const LIMIT = 100;

export const CLI_DECODERS: readonly Decoder<string>[] = [
  {
    name: 'a line of load',
    covers: ['parseRecord'],
    samples: () => [
      '{"key":"a","value":"b"}',
      '{"key64":"/w==","value":null}',
      '{"key":"\\u0000ü","value64":"AAEC"}',
      '{"key":"\\ud83d\\ude00\\ud83d\\ude00","value":"b"}',
    ],
    isRefusal: isBadRecord,
    decode: (line) => {
      const { key, value } = parseRecord(bytesOf(line));
      must(key instanceof Uint8Array && (value === null || value instanceof Uint8Array), 'no bytes');
      // What JSON says, and nothing that looks like it.
      const { key: text } = JSON.parse(new TextDecoder().decode(bytesOf(line))) ?? {};
      must(text === undefined || Buffer.from(key).toString() === text, 'another key than the line says');
      if (value === null) return;
      const again = parseRecord(bytesOf(formatRecord(key, value)));
      mustEqual([Buffer.from(again.key), Buffer.from(again.value ?? '')], [Buffer.from(key), Buffer.from(value)], 'another record');
    },
  },
  {
    name: 'lines of a file',
    covers: ['LineSplitter'],
    samples: () => ['a\nb\n\n', `${'x'.repeat(LIMIT + 1)}\n`, ' \t\r\nlast'],
    decode: (text) => {
      const splitter = new LineSplitter(LIMIT);
      const bytes = bytesOf(text);
      const lines: (Uint8Array | undefined)[] = [];
      for (let at = 0; at < bytes.length; at += 7) lines.push(...splitter.split(bytes.subarray(at, at + 7)));
      if (lines.includes(undefined)) throw new NotOne('a line that is too long');
      lines.push(splitter.end());
      const kept = lines.filter((line) => line !== undefined);
      must(
        kept.every((line) => line.length <= LIMIT && (isBlank(line) || !line.includes(10))),
        'a line that is none',
      );
    },
  },
  {
    name: 'a place to start from',
    covers: ['parseConsumerOffset'],
    samples: () => ['orders,0,17', 'a,b,1,2', 'x,1023,9007199254740991'],
    isRefusal: isWrongUsage,
    decode: (text) => {
      const { topic, partition, offset } = parseConsumerOffset(text);
      must(topic !== '' && Number.isSafeInteger(partition) && Number.isSafeInteger(offset), `partition ${partition}, offset ${offset}`);
    },
  },
  {
    name: 'a time to start from',
    covers: ['parseFrom'],
    samples: () => ['beginning', 'end', '2023-11-14T22:13:20Z', '2023-11-14 22:13:20.5+01:00'],
    isRefusal: isWrongUsage,
    decode: (text) => {
      const from = parseFrom(text);
      must(typeof from === 'string' || (typeof from === 'object' && 'time' in from && Number.isFinite(from.time)), 'no place');
    },
  },
  {
    name: 'a length of time',
    covers: ['parseDuration'],
    samples: () => ['0', '100ms', '2h 30m', '1 week 3days'],
    decode: (text) => {
      const ms = parseDuration(text);
      if (ms === undefined) throw new NotOne('no length of time');
      must(Number.isFinite(ms) && ms >= 0, `${ms} ms`);
    },
  },
  {
    name: 'a whole number',
    covers: ['wholeNumber'],
    samples: () => ['0', '17', '1024', '9007199254740991'],
    isRefusal: isWrongUsage,
    decode: (text) => {
      const number = wholeNumber(1, 1024)(text);
      must(Number.isInteger(number) && number >= 1 && number <= 1024, `${number}`);
    },
  },
  {
    name: "a demo's intent",
    covers: ['parseIntent'],
    samples: () => [
      '{"seed":1,"writes":10,"keys":5,"valueBytes":8,"batch":2}\nphase writing\nissued 2\nacknowledged 2\n',
      '{"seed":1,"writes":10,"keys":5,"valueBytes":8,"batch":2}\n',
    ],
    isRefusal: (error) => error instanceof Error && error.message.startsWith('the intent file'),
    decode: (text) => {
      const { issued, acknowledged } = parseIntent(text);
      must(Number.isSafeInteger(issued) && Number.isSafeInteger(acknowledged), `${issued} issued, ${acknowledged} acknowledged`);
    },
  },
  {
    name: 'text for a terminal',
    covers: ['visibleText'],
    samples: () => ['plain', '\x1b[31mred', 'a\u009bb', 'ü\u202e'],
    decode: (text) => must(!CONTROL.test(visibleText(text)), 'a control character'),
  },
];
