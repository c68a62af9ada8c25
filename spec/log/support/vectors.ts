import type { NewRecord } from '../../../protocol/log.ts';

/** A record as streambed-logged has it on disk; made or confirmed by that system (log-format.md 2.3 and 2.4). */
export interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly crc: number;
  readonly record: NewRecord;
  readonly offset: bigint;
}

const NONE = new Uint8Array(0);
const HEADERS = [
  { key: 'trace-id', value: hexBytes('deadbeef') },
  { key: 'é', value: NONE },
];
/** Event type 2 in the top 12 bits, sensor 0xDEADBEEF below. */
const SENSOR = 0x00200000_deadbeefn;

export const VECTORS: readonly Vector[] = [
  { name: 'the smallest record', hex: '0000000000008a7c2a57', crc: 0x572a7c8a, record: { key: 0n, value: NONE }, offset: 0n },
  {
    name: 'the smallest record with key and offset 1',
    hex: '000000010001f76d0000',
    crc: 0x6df7,
    record: { key: 1n, value: NONE },
    offset: 1n,
  },
  {
    name: 'V1, headers',
    hex: '00020874726163652d696404deadbeef02c3a90000ac020a736f6d652d76616c75657f12e5ca35',
    crc: 0x35cae512,
    record: { key: 300n, value: 'some-value', headers: HEADERS },
    offset: 127n,
  },
  {
    name: 'V2, a time and a key above 2^53',
    hex: '0000013bdf0740fc54d941effdb6f58d80801013a16f54656d706572617475726552656164181e80015fbeaabf',
    crc: 0xbfaabe5f,
    record: { key: SENSOR, value: hexBytes('a16f54656d706572617475726552656164181e'), timestamp: 1_700_000_000_123 },
    offset: 128n,
  },
  {
    name: 'V3, the largest key and the largest offset',
    hex: `000001000000000000e03fffffffffffffffffff01ac02${Buffer.from(longValue()).toString('hex')}ffffffffffffffffff01188c1fe3`,
    crc: 0xe31f8c18,
    record: { key: 2n ** 64n - 1n, value: longValue(), timestamp: 500 },
    offset: 2n ** 64n - 1n,
  },
  {
    name: 'V4, the record of its benchmark',
    hex: '000000000a736f6d652d76616c756500ec557a86',
    crc: 0x867a55ec,
    record: { key: 0n, value: 'some-value' },
    offset: 0n,
  },
  {
    name: 'V5',
    hex: '000000000c736f6d652d76616c75652d3000af2a4f62',
    crc: 0x624f2aaf,
    record: { key: 0n, value: 'some-value-0' },
    offset: 0n,
  },
  {
    name: 'V6, before 1970',
    hex: '000001000000000000fcbf800100032ba55395',
    crc: 0x9553a52b,
    record: { key: 128n, value: NONE, timestamp: -1750 },
    offset: 3n,
  },
  {
    name: 'V7',
    hex: '00020874726163652d696404deadbeef02c3a90000ac020a736f6d652d76616c7565003b8d411a',
    crc: 0x1a418d3b,
    record: { key: 300n, value: 'some-value', headers: HEADERS },
    offset: 0n,
  },
  {
    name: 'V8',
    hex: '0000013bdf0740fc54d941effdb6f58d80801002a16f01da2ef691',
    crc: 0x91f62eda,
    record: { key: SENSOR, value: hexBytes('a16f'), timestamp: 1_700_000_000_123 },
    offset: 1n,
  },
];

export function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function longValue(): Uint8Array {
  return Uint8Array.from({ length: 300 }, (_, i) => i);
}
