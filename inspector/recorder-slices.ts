import type { RecorderCapture } from '../protocol/recorder.ts';
import { plainJson } from './plain-json.ts';

const SLICE_MS = 2;
const SLICE_CHARACTERS = 64 * 1024;

/** A dump as JSON, the same as in one piece, in slices each of which takes little time and little room. */
export function* recorderSlices({ entries, ...head }: RecorderCapture): Generator<string, undefined> {
  let slice = `${plainJson(head).slice(0, -1)},"entries":[`;
  let start = performance.now();
  let comma = '';
  for (const entry of entries) {
    slice += comma + plainJson(entry);
    comma = ',';
    if (slice.length < SLICE_CHARACTERS && performance.now() - start < SLICE_MS) continue;
    yield slice;
    slice = '';
    start = performance.now();
  }
  yield `${slice}]}`;
}
