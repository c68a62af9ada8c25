import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { RecorderEntry } from '../../../protocol/recorder.ts';
import { DRAWN_ROWS, type LogRow } from '../model/entry-log.ts';
import { countText, millisecondsText, plural, secondsText } from '../model/units.ts';
import type { Page } from '../page.ts';
import { entryView } from './log-entry.ts';
import { chip, empty, type View } from './parts.ts';

const KINDS: readonly RecorderEntry['kind'][] = ['message', 'transition', 'decision', 'event'];

/** The recorder, as it is written. */
export function logView(page: Page): TemplateResult {
  const { entries } = page.picture;
  const rows = entries.rows(page.filter, page.pausedAt);
  return html`
    ${controls(page)}
    <div class="log ${page.entry === undefined ? '' : 'has-entry'}">
      <div class="scroll log-rows" tabindex="0" role="region" aria-label="Recorder’s entries, newest first">
        ${rows.length === 0 ? empty(entries.size === 0 ? 'Nothing has been recorded yet.' : 'Nothing fits the filter.') : logTable(page, rows)}
      </div>
      ${page.entry === undefined ? nothing : entryView(page, page.entry)}
    </div>`;
}

function controls(page: Page): TemplateResult {
  const { filter, pausedAt, picture } = page;
  const dropped = picture.frame?.droppedEntries ?? 0;
  return html`<form class="controls" @submit=${(event: Event) => event.preventDefault()}>
    <label>Find <input type="search" name="text" autocomplete="off" spellcheck="false" .value=${filter.text} @input=${(event: Event) => setFilter(page, event, 'text')}></label>
    <label>Kind <select name="kind" @change=${(event: Event) => setFilter(page, event, 'kind')}>
      <option value="">all</option>${KINDS.map((kind) => html`<option value=${kind} ?selected=${filter.kind === kind}>${kind}</option>`)}</select></label>
    <label>Actor <select name="actor" @change=${(event: Event) => setFilter(page, event, 'actor')}>
      <option value="">all</option>${repeat(
        actorNames(page),
        (name) => name,
        (name) => html`<option value=${name} ?selected=${filter.actor === name}>${name}</option>`,
      )}</select></label>
    <button type="button" aria-pressed=${pausedAt !== undefined} @click=${() => page.set({ pausedAt: pausedAt === undefined ? picture.entries.last : undefined })}>Pause</button>
    <span class="fine">${pausedText(page)}${dropped === 0 ? nothing : html` · <b class="warning">${countText(dropped)} entries dropped</b>`}</span>
    <a class="button" href="recorder" download="lithify-recorder.json">Download the recorder</a>
  </form>`;
}

/** The chosen one stays in the list when its last entry has gone. */
function actorNames({ picture: { entries }, filter: { actor } }: Page): string[] {
  const names = entries.actors();
  return actor === undefined || names.includes(actor) ? names : [actor, ...names];
}

function setFilter(page: Page, event: Event, field: 'text' | 'kind' | 'actor'): void {
  const { value } = event.currentTarget as HTMLInputElement | HTMLSelectElement;
  const { [field]: _, ...others } = page.filter;
  const filter = { text: '', ...others };
  page.set({ filter: value === '' ? filter : { ...filter, [field]: value } });
}

function pausedText({ pausedAt, picture: { entries } }: Page): string {
  if (pausedAt === undefined) return `${countText(entries.size)} kept, ${DRAWN_ROWS} shown at most`;
  return `standing still; ${countText(entries.last - pausedAt)} came since`;
}

function logTable(page: Page, rows: readonly LogRow[]): TemplateResult {
  return html`<table>
    <thead><tr><th scope="col" class="number">#</th><th scope="col" class="number">At</th><th scope="col">Kind</th><th scope="col">What</th><th scope="col">Actor</th><th scope="col" class="number">Took</th></tr></thead>
    <tbody>${repeat(rows, keyOf, (row) => ('entry' in row ? entryRow(page, row.entry) : gapRow(row.gap)))}</tbody>
  </table>`;
}

function keyOf(row: LogRow): string {
  return 'entry' in row ? `n${row.entry.n}` : `gap${row.before}`;
}

function gapRow(gap: number): View {
  return html`<tr class="gap"><td colspan="6">${plural(gap, 'entry', 'entries')} dropped here</td></tr>`;
}

function entryRow(page: Page, entry: RecorderEntry): TemplateResult {
  const { n, atMs, kind, type, actor, from, ms } = entry;
  const isOpen = page.entry?.n === n;
  return html`<tr class=${isOpen ? 'is-chosen' : ''}>
    <td class="number">${n}</td><td class="number">${secondsText(atMs)}</td><td>${chip(kind, `is-${kind}`)}</td>
    <td><button type="button" class="link" aria-expanded=${isOpen} @click=${() => page.set({ entry: isOpen ? undefined : entry })}>${type}</button></td>
    <td>${from === undefined ? nothing : html`<span class="quiet">${from} → </span>`}${actor}</td><td class="number">${ms === undefined ? '' : millisecondsText(ms)}</td>
  </tr>`;
}
