import type { IncomingMessage, ServerResponse } from 'node:http';
import { LithifyError } from '../protocol/errors.ts';
import type { Message } from '../protocol/messages.ts';
import type { SendReply } from './frames.ts';
import { answerJson, refuse } from './http/answer.ts';
import { jsonBody } from './http/json-body.ts';
import type { Inspected } from './inspected.ts';
import { plainError } from './plain-json.ts';

const MOST_WAITING = 32;
const PATIENCE_MS = 10 * 60_000;
const NO_JSON = 400;
/** Every other error is an answer of the engine's, well delivered. */
const STATUS: Readonly<Record<string, number>> = { LITHIFY_INVALID_ARGUMENT: 400, LITHIFY_MAILBOX_FULL: 503 };

/** Sends the five messages for the page. The request goes on when the page goes away or waits no longer. */
export class SendDesk {
  readonly #engine: Pick<Inspected, 'ask'>;
  readonly #patienceMs: number;
  #waiting = 0;

  constructor(engine: Pick<Inspected, 'ask'>, patienceMs = PATIENCE_MS) {
    this.#engine = engine;
    this.#patienceMs = patienceMs;
  }

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await jsonBody(request);
    if ('status' in body && body.status !== NO_JSON) return refuse(response, body.status, body.reason);
    const reply = 'value' in body ? await this.reply(body.value) : failed(new LithifyError('LITHIFY_INVALID_ARGUMENT', body.reason));
    answerJson(response, reply, STATUS[reply.error?.code ?? ''] ?? 200);
  }

  /** Never rejects. */
  async reply(message: unknown): Promise<SendReply> {
    if (this.#waiting >= MOST_WAITING) return failed(tooMany());
    const { promise: impatience, resolve } = Promise.withResolvers<SendReply>();
    const timer = setTimeout(() => resolve(failed(noReplyYet())), this.#patienceMs).unref();
    try {
      return await Promise.race([this.#ask(message), impatience]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(message: unknown): Promise<SendReply> {
    this.#waiting++;
    try {
      // The engine's door checks that it is one.
      return { ok: true, report: await this.#engine.ask(message as Message) };
    } catch (error) {
      return failed(error);
    } finally {
      this.#waiting--;
    }
  }
}

function failed(error: unknown): SendReply {
  return { ok: false, error: plainError(error) };
}

function tooMany(): LithifyError {
  return new LithifyError('LITHIFY_MAILBOX_FULL', `${MOST_WAITING} messages of this page wait for their replies; send it again later.`);
}

function noReplyYet(): LithifyError {
  return new LithifyError('LITHIFY_TIMEOUT', 'There is no reply yet. The request goes on; the message log will show how it ends.');
}
