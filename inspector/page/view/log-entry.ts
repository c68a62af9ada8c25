import { html, nothing, type TemplateResult } from 'lit-html';
import type { RecorderEntry } from '../../../protocol/recorder.ts';
import type { LogReading } from '../log-reading.ts';
import { countText, millisecondsText, secondsText } from '../model/units.ts';
import { visibleText } from '../model/visible-text.ts';
import type { Page } from '../page.ts';
import { facts, jsonBlock, type View } from './parts.ts';

const SHOWN_EFFECTS = 50;

/** One entry with what is in it, what led to it and what it led to. */
export function entryView(page: Page, entry: RecorderEntry): TemplateResult {
  const { n, kind, type, actor, from, envelope, ms, details } = entry;
  return html`<section class="card entry" aria-labelledby="entry-title">
    <p class="row"><button type="button" class="quiet-button" @click=${() => close(page)}>Close</button></p>
    <h2 id="entry-title">${visibleText(type)} <span class="quiet">#${n}</span></h2>
    ${facts([
      ['Kind', kind],
      ['Actor', visibleText(actor)],
      ['From', from && visibleText(from)],
      ['At', `${secondsText(entry.atMs)} after the engine began to open`],
      ['Took', ms === undefined ? undefined : millisecondsText(ms)],
      ['Envelope', envelope && visibleText(envelope)],
    ])}
    ${details === undefined ? nothing : jsonBlock(details)}
    <h3>What led to it</h3>
    ${causesView(page, entry)}
    <h3>What it led to</h3>
    ${effectsView(page, entry)}
  </section>`;
}

/** The button goes, and the focus to the row of the entry, or to the list if that has it no more. */
function close({ log }: Page): void {
  const list = document.querySelector<HTMLElement>('.log-rows');
  (list?.querySelector<HTMLElement>('.is-chosen button') ?? list)?.focus();
  log.move({ entry: undefined });
}

function causesView({ log }: Page, entry: RecorderEntry): TemplateResult {
  const { chain, lost, goesOn } = log.entries.causes(entry);
  if (chain.length === 0 && lost === undefined) return html`<p class="quiet">Nothing that was recorded.</p>`;
  const gone = log.dump === undefined ? 'which this page does not have any more' : 'which is not in the dump';
  return html`<ol class="causes">${chain.map((cause) => entryLink(log, cause))}${lost === undefined ? nothing : html`<li class="quiet">#${lost}, ${gone}</li>`}</ol>
    ${goesOn ? html`<p class="fine">It goes on: open the last one.</p>` : nothing}`;
}

function effectsView({ log }: Page, entry: RecorderEntry): View {
  const effects = log.entries.effects(entry);
  if (effects.length === 0) return html`<p class="quiet">Nothing that was recorded${log.dump === undefined ? ', so far' : ''}.</p>`;
  return html`<ol class="causes">${effects.slice(0, SHOWN_EFFECTS).map((effect) => entryLink(log, effect))}</ol>
    ${effects.length <= SHOWN_EFFECTS ? nothing : html`<p class="fine">${countText(effects.length - SHOWN_EFFECTS)} more.</p>`}`;
}

function entryLink(log: LogReading, entry: RecorderEntry): TemplateResult {
  return html`<li><button type="button" class="link" @click=${() => log.move({ entry })}>${visibleText(entry.type)}</button>
    <span class="quiet">#${entry.n} ${entry.kind} in ${visibleText(entry.actor)}</span></li>`;
}
