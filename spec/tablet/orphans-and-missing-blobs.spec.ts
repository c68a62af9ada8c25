import test from 'ava';
import { BlobIds } from '../../storage/blobs/blob-ids.ts';
import { emptyState } from '../../storage/tablet/manifest-state.ts';
import { expectOwnManifest, missingBlobs, requireBlobs, sweep } from '../../storage/tablet/sweep.ts';
import { layout } from './support/notation.ts';

function state(epoch: number) {
  const { version } = layout('minors:\n 9: a-z 10\nlevel 6:\n 1: a-c 10\n 3: d-f 10');
  return { ...emptyState(), version, epoch, garbage: [{ id: 2, blocks: 1, bytes: 10 }] };
}

test('what the manifest does not know is swept, finished or not; what it knows never', (t) => {
  t.deepEqual(sweep(state(2), [1, 2, 3, 4, 9, 12], [11, 4]), [4, 11, 12]);
});

test('garbage that is still to be deleted is not an orphan', (t) => {
  t.deepEqual(sweep(state(2), [1, 2, 3, 9]), []);
});

test('blobs beside a manifest that has only just begun are not swept: a manifest was lost', (t) => {
  t.notThrows(() => expectOwnManifest(emptyState(), []));
  t.throws(() => expectOwnManifest(emptyState(), [4, 5]), { code: 'LITHIFY_CORRUPTION', message: /lost its manifest.*repair/ });
});

test('blobs of an opening that the manifest does not know are not swept: it has lost its newest entries', (t) => {
  const ids = [1, 2, 3].map((epoch) => BlobIds.create(epoch).next());
  t.notThrows(() => expectOwnManifest(state(3), ids));
  const error = t.throws(() => expectOwnManifest(state(2), ids), { code: 'LITHIFY_CORRUPTION', message: /newest entries.*repair/ });
  t.like(error, { details: { blobIds: [ids[2]] } });
});

test('nothing is swept while a live table is missing: what nobody knows may be what a repair needs', (t) => {
  t.deepEqual(sweep(state(2), [1, 9, 4]), []);
});

test('live tables without a blob are named, all of them', (t) => {
  t.deepEqual(missingBlobs(state(2), [1]), [9, 3]);
  const error = t.throws(() => requireBlobs(state(2), [1]), { code: 'LITHIFY_READER_UNAVAILABLE' });
  t.like(error, { details: { blobIds: [9, 3] } });
  t.notThrows(() => requireBlobs(state(2), [1, 3, 9]));
});
