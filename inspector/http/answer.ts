import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { plainJson } from '../plain-json.ts';

/** On every answer, whatever it is. */
export function safetyHeaders(scriptHashes: readonly string[] = []): OutgoingHttpHeaders {
  return {
    'content-security-policy': contentSecurityPolicy(scriptHashes),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}

function contentSecurityPolicy(scriptHashes: readonly string[]): string {
  const scripts = ["'self'", ...scriptHashes.map((hash) => `'sha256-${hash}'`)].join(' ');
  return [
    "default-src 'none'",
    `script-src ${scripts}`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Text of messages is all that the page shows; only lit-html makes markup, of its own templates.
    "require-trusted-types-for 'script'",
    'trusted-types lit-html',
  ].join('; ');
}

export interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: OutgoingHttpHeaders;
}

export function answer(response: ServerResponse, { status = 200, type, body, headers = {} }: Answer): void {
  if (response.destroyed || response.headersSent) return;
  const length = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
  // Who was refused may still be sending; nobody reads that.
  const goesOn = status < 400 ? {} : { connection: 'close' };
  response.writeHead(status, { ...safetyHeaders(), ...length, ...goesOn, ...headers });
  response.end(body);
}

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  answer(response, { status, type: 'application/json', body: plainJson(value) });
}

export function refuse(response: ServerResponse, status: number, reason: string, headers: OutgoingHttpHeaders = {}): void {
  answer(response, { status, type: 'text/plain; charset=utf-8', body: reason === '' ? '' : `${reason}\n`, headers });
}
