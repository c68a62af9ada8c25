import type { BlobId, MessageRange } from '../../../protocol/messages.ts';
import type { Explanation, Why } from '../../../protocol/why.ts';
import type { Observed } from '../observation.ts';

/** Answers `engine.why` from what the engine is at this moment. */
export class Explainer implements Why {
  constructor(_engine: Observed) {}

  onDisk(_blobId: BlobId): Explanation {
    throw new Error('being written');
  }

  notCompacted(_range?: MessageRange): Explanation {
    throw new Error('being written');
  }

  waiting(): Explanation {
    throw new Error('being written');
  }
}
