import { LithifyError, messageOf } from '../../../protocol/errors.ts';
import type { BlobId, MessageRange } from '../../../protocol/messages.ts';
import { validateRange } from '../../../protocol/validate.ts';
import type { Explanation, Why } from '../../../protocol/why.ts';
import type { Core } from '../../core.ts';
import type { Observed } from '../observation.ts';
import { openCore } from '../open-core.ts';
import { lookAtBlob } from './look-at-blob.ts';
import { lookAtRange } from './look-at-range.ts';
import { explainRange } from './not-compacted.ts';
import { explainBlob } from './on-disk.ts';
import { surroundingsOf } from './surroundings.ts';
import type { WaitFacts } from './wait-facts.ts';
import { explainWaiting } from './waiting.ts';

/** Answers `engine.why` from what the engine is at this moment: facts are gathered here, what they mean is decided in pure functions. */
export class Explainer implements Why {
  readonly #engine: Observed;

  constructor(engine: Observed) {
    this.#engine = engine;
  }

  onDisk(blobId: BlobId): Explanation {
    const core = openCore(this.#engine);
    return explainBlob(lookAtBlob(this.#engine, core, checkedBlob(blobId)));
  }

  notCompacted(range?: MessageRange): Explanation {
    const core = openCore(this.#engine);
    return explainRange(lookAtRange(this.#engine, core, checkedRange(range)));
  }

  waiting(): Explanation {
    return explainWaiting(lookAtWaiting(this.#engine, openCore(this.#engine)));
  }
}

function lookAtWaiting(engine: Observed, { writer }: Core): WaitFacts {
  const { waiting: groups, waitingBytes: bytes, isSlowed, waitingFor: slowed, room, moment } = writer;
  const standing = room.look();
  const { why, isRunning } = moment;
  return {
    around: surroundingsOf(engine),
    writers: {
      ...{ groups, bytes, ...(standing && { standing }) },
      ...(isSlowed && slowed !== undefined && { slowed }),
      ...(why !== undefined && { exclusive: { why, isRunning } }),
    },
    outside: engine.waitingOutside,
    logs: engine.logs.stats(),
  };
}

function checkedBlob(id: unknown): BlobId {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `Blob ${String(id)} is none: a blob's id is a whole number from 0.`, {
    details: { option: 'blobId' },
  });
}

function checkedRange(range: unknown): MessageRange {
  try {
    return validateRange(range ?? {});
  } catch (cause) {
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `This is no range of keys. ${messageOf(cause)}`, {
      cause,
      details: { option: 'range' },
    });
  }
}
