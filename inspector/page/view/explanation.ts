import { html, nothing, type TemplateResult } from 'lit-html';
import type { Explanation, Reason } from '../../../protocol/why.ts';
import type { Asked } from '../page.ts';
import { type View, valueText } from './parts.ts';

/** The sentence, which opens to the chain of reasons. */
export function explanation({ sentence, reasons }: Explanation): TemplateResult {
  if (reasons.length === 0) return html`<p class="sentence">${sentence}</p>`;
  return html`<details class="why">
    <summary><span class="sentence">${sentence}</span></summary>
    ${chain(reasons)}
  </details>`;
}

/** A question's place on the page: said aloud when the answer comes. */
export function askedView(asked: Asked | undefined): TemplateResult {
  return html`<div class="answer" aria-live="polite">${asked === undefined ? nothing : answerOf(asked)}</div>`;
}

function answerOf({ answer, problem }: Asked): View {
  if (problem !== undefined) return html`<p class="problem">${problem}</p>`;
  if (answer === undefined) return html`<p class="quiet">Asking…</p>`;
  return html`<p class="question">${answer.question}</p><p class="sentence">${answer.sentence}</p>${chain(answer.reasons)}`;
}

function chain(reasons: readonly Reason[]): View {
  if (reasons.length === 0) return nothing;
  return html`<ol class="reasons">${reasons.map(reasonView)}</ol>`;
}

function reasonView({ code, sentence, details, because = [], remedy }: Reason): TemplateResult {
  const said = Object.entries(details).map(([name, value]) => `${name} ${valueText(value)}`);
  return html`<li>
    <p>${sentence}</p>
    ${remedy === undefined ? nothing : html`<p class="remedy"><b>What helps:</b> ${remedy}</p>`}
    <p class="fine"><code>${code}</code>${said.length === 0 ? nothing : html` · ${said.join(' · ')}`}</p>
    ${because.length === 0 ? nothing : html`<p class="because">behind it</p>${chain(because)}`}
  </li>`;
}
