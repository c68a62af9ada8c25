import type { Decoder } from './decoder.ts';
import { BLOB_DECODERS } from './decoders/blobs.ts';
import { CLI_DECODERS } from './decoders/cli.ts';
import { LEVEL_DECODERS } from './decoders/level.ts';
import { LOG_DECODERS } from './decoders/log.ts';
import { LOG_TEXT_DECODERS } from './decoders/log-text.ts';
import { SALVAGE_DECODERS } from './decoders/salvage.ts';
import { SST_DECODERS } from './decoders/sst.ts';
import { STREAMBED_DECODERS } from './decoders/streambed.ts';
import { TABLET_DECODERS } from './decoders/tablet.ts';
import { WAL_DECODERS } from './decoders/wal.ts';

/** Everything of the store that reads bytes. A decoder that is added to the engine is added here (spec/fuzz says when it was not). */
export const BYTE_DECODERS: readonly Decoder<Uint8Array>[] = [
  ...BLOB_DECODERS,
  ...SST_DECODERS,
  ...WAL_DECODERS,
  ...TABLET_DECODERS,
  ...LOG_DECODERS,
  ...STREAMBED_DECODERS,
  ...LEVEL_DECODERS,
  ...SALVAGE_DECODERS,
];

/** Everything that reads text: lines of JSON, Base64, times, arguments, names. */
export const TEXT_DECODERS: readonly Decoder<string>[] = [...LOG_TEXT_DECODERS, ...CLI_DECODERS];
