import type { ServerResponse } from 'node:http';
import { codeOf, LithifyError } from '../protocol/errors.ts';
import type { MessageRange } from '../protocol/messages.ts';
import type { Explanation, Why } from '../protocol/why.ts';
import { answerJson } from './http/answer.ts';
import { plainError } from './plain-json.ts';

/** `why?blob=N`, `why?range=JSON`, or `why`: who waits. The engine checks what it is asked. */
export function explain(why: Why, query: URLSearchParams, response: ServerResponse): void {
  try {
    answerJson(response, explanation(why, query));
  } catch (error) {
    answerJson(response, { error: plainError(error) }, codeOf(error) === 'LITHIFY_INVALID_ARGUMENT' ? 400 : 503);
  }
}

function explanation(why: Why, query: URLSearchParams): Explanation {
  const [blob, range] = [query.get('blob'), query.get('range')];
  if (blob !== null) return why.onDisk(/^\d+$/.test(blob) ? Number(blob) : Number.NaN);
  if (range !== null) return why.notCompacted(parsedRange(range));
  return why.waiting();
}

function parsedRange(text: string): MessageRange {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', 'The range is not JSON.', { cause, details: { option: 'range' } });
  }
}
