import type { IncomingMessage } from 'node:http';
import type { Refusal } from './gate.ts';

const MOST_BYTES = 64 * 1024;

/** The body's value, or why it is none. Rejects when the client goes away. */
export async function jsonBody(request: IncomingMessage): Promise<{ readonly value: unknown } | Refusal> {
  const { 'content-type': type = '', 'content-length': length = '0' } = request.headers;
  if (!/^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i.test(type.trim())) {
    return { status: 415, reason: 'The content type must be application/json.' };
  }
  if (Number(length) > MOST_BYTES) return tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return tooLarge();
  }
  return parsed(Buffer.concat(chunks));
}

function parsed(bytes: Buffer): { readonly value: unknown } | Refusal {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return { status: 400, reason: 'The body is not JSON in UTF-8.' };
  }
}

function tooLarge(): Refusal {
  return { status: 413, reason: `The body is larger than ${MOST_BYTES} bytes.` };
}
