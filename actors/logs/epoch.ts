import { LithifyError } from '../../protocol/errors.ts';
import type { Store } from '../store.ts';

/**
 * LevelDB was not opened anew since. Opening sweeps every blob that the manifest does not know, so what was written
 * before and is to be committed now may be gone. LITHIFY_BLOB_STORE: try again.
 */
export function expectEpoch(store: Store, epoch: number): void {
  if (store.state.epoch === epoch) return;
  throw new LithifyError('LITHIFY_BLOB_STORE', 'LevelDB was opened again meanwhile, and what was written before is gone; try again.');
}
