import { messageOf } from '../../../protocol/errors.ts';
import type { BlobId, Message, MessageRange } from '../../../protocol/messages.ts';
import type { Explanation } from '../../../protocol/why.ts';
import type { ChartLayout } from '../../chart-layout.ts';
import type { SendReply } from '../../frames.ts';

/** Never rejects: what keeps an answer away is an answer, too. */
export async function sendMessage(message: Message): Promise<SendReply> {
  try {
    const response = await fetch('send', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
    });
    return await answerOf<SendReply>(response);
  } catch (error) {
    return { ok: false, error: { code: 'NO_ANSWER', message: `The server did not answer: ${messageOf(error)}` } };
  }
}

export function askWhyOnDisk(blobId: BlobId): Promise<Explanation> {
  return get(`why?blob=${blobId}`);
}

export function askWhyNotCompacted(range: MessageRange = {}): Promise<Explanation> {
  return get(`why?range=${encodeURIComponent(JSON.stringify(range))}`);
}

export function loadCharts(): Promise<readonly ChartLayout[]> {
  return get('charts');
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(await refusalOf(response));
  return await answerOf<T>(response);
}

/** The server is of the same version as this page: the shape of its answers is not checked again. */
async function answerOf<T>(response: Response): Promise<T> {
  if (!response.headers.get('content-type')?.includes('json')) throw new Error(`it answered ${response.status}.`);
  return await response.json();
}

async function refusalOf(response: Response): Promise<string> {
  const { error } = await answerOf<SendReply>(response).catch((): SendReply => ({ ok: false }));
  return error === undefined ? `The server answered ${response.status}.` : `${error.code}: ${error.message}`;
}
