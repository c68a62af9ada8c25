import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { messageText, replyText } from '../model/reply-text.ts';
import { millisecondsText, timeText } from '../model/units.ts';
import type { Page, Sent } from '../page.ts';
import { chip, jsonBlock } from './parts.ts';

/** What was sent from here and what came back; said aloud as it comes. */
export function repliesView(page: Page): TemplateResult {
  return html`<section class="replies" aria-label="Replies" ?hidden=${page.sent.length === 0}>
    <ul role="log" aria-live="polite">${repeat(page.sent, ({ number }) => number, sentView)}</ul>
    ${page.sent.some(({ reply }) => reply !== undefined) ? html`<button type="button" class="quiet-button" @click=${() => page.forgetReplies()}>Clear</button>` : nothing}
  </section>`;
}

function sentView({ message, atWallMs, reply, ms }: Sent): TemplateResult {
  return html`<li>
    <span class="quiet">${timeText(atWallMs)}</span> <b>${messageText(message)}</b>
    ${
      reply === undefined
        ? chip('sent, waiting for the reply', 'is-active')
        : html`${chip(reply.ok ? 'done' : 'refused', reply.ok ? 'is-good' : 'is-bad')}
      <span class="reply">${replyText(reply)}</span> <span class="quiet">${millisecondsText(ms ?? 0)}</span>
      ${reply.report === undefined ? nothing : html`<details><summary>Report</summary>${jsonBlock(reply.report)}</details>`}`
    }
  </li>`;
}
