import { html, nothing, type TemplateResult } from 'lit-html';
import type { RecorderEntry } from '../../../protocol/recorder.ts';
import { millisecondsText, secondsText } from '../model/units.ts';
import type { Page } from '../page.ts';
import { facts, jsonBlock, type View } from './parts.ts';

const SHOWN_EFFECTS = 50;

/** One entry with what is in it, what led to it and what it led to. */
export function entryView(page: Page, entry: RecorderEntry): TemplateResult {
  const { n, kind, type, actor, from, envelope, ms, details } = entry;
  return html`<section class="card entry" aria-labelledby="entry-title">
    <p class="row"><button type="button" class="quiet-button" @click=${() => page.set({ entry: undefined })}>Close</button></p>
    <h2 id="entry-title">${type} <span class="quiet">#${n}</span></h2>
    ${facts([
      ['Kind', kind],
      ['Actor', actor],
      ['From', from],
      ['At', `${secondsText(entry.atMs)} after the engine began to open`],
      ['Took', ms === undefined ? undefined : millisecondsText(ms)],
      ['Envelope', envelope],
    ])}
    ${details === undefined ? nothing : jsonBlock(details)}
    <h3>What led to it</h3>
    ${causesView(page, entry)}
    <h3>What it led to</h3>
    ${effectsView(page, entry)}
  </section>`;
}

function causesView(page: Page, entry: RecorderEntry): TemplateResult {
  const { chain, lost } = page.picture.entries.causes(entry);
  if (chain.length === 0 && lost === undefined) return html`<p class="quiet">Nothing that was recorded.</p>`;
  return html`<ol class="causes">${chain.map((cause) => entryLink(page, cause))}${lost === undefined ? nothing : html`<li class="quiet">#${lost}, which this page does not have any more</li>`}</ol>`;
}

function effectsView(page: Page, entry: RecorderEntry): View {
  const effects = page.picture.entries.effects(entry);
  if (effects.length === 0) return html`<p class="quiet">Nothing that was recorded, so far.</p>`;
  return html`<ol class="causes">${effects.slice(0, SHOWN_EFFECTS).map((effect) => entryLink(page, effect))}</ol>
    ${effects.length <= SHOWN_EFFECTS ? nothing : html`<p class="fine">${effects.length - SHOWN_EFFECTS} more.</p>`}`;
}

function entryLink(page: Page, entry: RecorderEntry): TemplateResult {
  return html`<li><button type="button" class="link" @click=${() => page.set({ entry })}>${entry.type}</button>
    <span class="quiet">#${entry.n} ${entry.kind} in ${entry.actor}</span></li>`;
}
