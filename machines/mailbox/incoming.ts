import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import type { Envelope } from '../../protocol/messages.ts';
import { validateMessage } from '../../protocol/validate.ts';
import { failed, type Queue, type Queueable, request, type Step } from './queue.ts';

/**
 * A request as it came in: machines of users send to the mailbox by themselves, and they may send anything. What is no message is answered with
 * LITHIFY_INVALID_ARGUMENT; what has no id can be answered to nobody, and changes nothing.
 */
export function received(queue: Queue, envelope: unknown, at: unknown): Step {
  if (!isEnvelope(envelope)) return { queue, effects: [] };
  try {
    return request(queue, { ...envelope, message: queueable(envelope.message) }, typeof at === 'number' ? at : 0);
  } catch (error) {
    const refusal = asLithifyError(error, 'LITHIFY_INVALID_ARGUMENT', 'Reading a message');
    return { queue, effects: [failed(envelope, refusal)] };
  }
}

function isEnvelope(envelope: unknown): envelope is Envelope {
  return typeof envelope === 'object' && envelope !== null && 'id' in envelope && typeof envelope.id === 'string';
}

function queueable(message: unknown): Queueable {
  const valid = validateMessage(message);
  if (valid.type !== 'Shutdown') return valid;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', 'A Shutdown never queues: send it with engine.ask, or close the engine.');
}
