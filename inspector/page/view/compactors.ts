import { html, nothing, type TemplateResult } from 'lit-html';
import { waitingByType, waitingIn } from '../model/mailbox.ts';
import type { Progress } from '../model/progress.ts';
import { bytesText, countText, millisecondsText, perSecondText } from '../model/units.ts';
import type { Page } from '../page.ts';
import { bar, chip, type View } from './parts.ts';

/** What runs, with how far it is and how fast. */
export function compactorsView({ picture: { progress } }: Page): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Compactors"><table>
    <thead><tr><th scope="col">Compactor</th><th scope="col">State</th><th scope="col">Job</th><th scope="col" class="number">Done so far</th></tr></thead>
    <tbody>${progress.map(compactorRow)}</tbody>
  </table></div>`;
}

function compactorRow({ name, state, job, entries, bytes, bytesPerSecond, entriesPerSecond }: Progress): TemplateResult {
  const rate =
    bytesPerSecond === undefined
      ? nothing
      : html`<br><span class="fine">${perSecondText(entriesPerSecond ?? 0)}/s, ${bytesText(bytesPerSecond)}/s</span>`;
  return html`<tr>
    <th scope="row" class="name">${name}</th><td>${chip(state, job === undefined ? '' : 'is-active')}</td><td>${job ?? '–'}</td>
    <td class="number">${job === undefined ? '–' : html`${countText(entries)} entries, ${bytesText(bytes)}${rate}`}</td>
  </tr>`;
}

export function mailboxView({ picture: { frame } }: Page): View {
  if (frame === undefined) return nothing;
  const { depth, capacity, oldestMs, running } = frame.stats.mailbox;
  const [waiting, types] = [waitingIn(frame.stats.mailbox), waitingByType(frame.stats.mailbox)];
  return html`
    <p>${waiting === 0 ? 'Nothing waits' : `${countText(waiting)} wait, the oldest for ${millisecondsText(oldestMs)}`}; ${countText(running)} handed out.</p>
    ${bar(capacity > 0 ? depth / capacity : 0, `${depth} of ${capacity} places for users’ messages are taken`, depth >= capacity ? 'is-bad' : '')}
    <p class="fine">${countText(depth)} of ${countText(capacity)} places for users’ messages are taken; tickets of the engine itself always come in.</p>
    ${types.length === 0 ? nothing : typesTable(types)}`;
}

function typesTable(types: ReturnType<typeof waitingByType>): TemplateResult {
  return html`<table>
    <thead><tr><th scope="col">Type</th><th scope="col" class="number">Waiting</th></tr></thead>
    <tbody>${types.map(([type, count]) => html`<tr><th scope="row">${type}</th><td class="number">${countText(count)}</td></tr>`)}</tbody>
  </table>`;
}

export function workersView({ picture: { frame } }: Page): View {
  if (frame === undefined) return nothing;
  const { workers } = frame.stats;
  if (workers.length === 0) return html`<p class="quiet">No threads: jobs run in the engine’s own, block by block.</p>`;
  return html`<table>
    <thead><tr><th scope="col">Thread</th><th scope="col">State</th><th scope="col" class="number">Restarts</th></tr></thead>
    <tbody>${workers.map(({ name, state, restarts }) => html`<tr><th scope="row">${name}</th><td>${chip(state)}</td><td class="number">${countText(restarts)}</td></tr>`)}</tbody>
  </table>`;
}
