import { html, nothing, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import { repeat } from 'lit-html/directives/repeat.js';
import type { RecorderEntry } from '../../../protocol/recorder.ts';
import type { LogReading } from '../log-reading.ts';
import type { LogRow } from '../model/entry-log.ts';
import { millisecondsText, plural, secondsText } from '../model/units.ts';
import { visibleText } from '../model/visible-text.ts';
import type { Page } from '../page.ts';
import { logControls } from './log-controls.ts';
import { dumpView, leaveDrop, overDrop, takeDrop } from './log-dump.ts';
import { entryView } from './log-entry.ts';
import { chip, empty, type View } from './parts.ts';

/** The recorder as it is written, or a dump of it. */
export function logView(page: Page): TemplateResult {
  const { log } = page;
  const { entry } = log.place;
  return html`<div class="log-panel" @dragover=${overDrop} @dragleave=${leaveDrop} @drop=${takeDrop(log)}>
    ${logControls(page)}
    ${dumpView(log)}
    <div class="log ${entry === undefined ? '' : 'has-entry'}">
      ${keyed(log.dump, listView(log))}
      ${entry === undefined ? nothing : entryView(page, entry)}
    </div>
  </div>`;
}

/** A list of its own for each log: another one is read from its top. */
function listView(log: LogReading): TemplateResult {
  const { rows, next } = log.rows();
  return html`<div class="scroll log-rows" tabindex="0" role="region" aria-label="Recorder’s entries, newest first">
    ${log.place.upTo === undefined ? nothing : html`<p class="more">${moreButton(log, 'Newest entries', undefined)}</p>`}
    ${rows.length === 0 ? empty(log.entries.size === 0 ? 'Nothing has been recorded yet.' : 'Nothing fits the filter.') : logTable(log, rows)}
    ${next === undefined ? nothing : html`<p class="more">${moreButton(log, 'Older entries', next)}</p>`}
  </div>`;
}

/** The new page is read from its top. */
function moreButton(log: LogReading, label: string, upTo: number | undefined): View {
  const go = ({ currentTarget }: Event) => {
    log.turnTo(upTo);
    const list = (currentTarget as Element).closest<HTMLElement>('.log-rows');
    list?.scrollTo(0, 0);
    list?.focus();
  };
  return html`<button type="button" class="quiet-button" @click=${go}>${label}</button>`;
}

function logTable(log: LogReading, rows: readonly LogRow[]): TemplateResult {
  return html`<table>
    <thead><tr><th scope="col" class="number">#</th><th scope="col" class="number">At</th><th scope="col">Kind</th><th scope="col">What</th><th scope="col">Actor</th><th scope="col" class="number">Took</th></tr></thead>
    <tbody>${repeat(rows, keyOf, (row) => ('entry' in row ? entryRow(log, row.entry) : gapRow(row.gap)))}</tbody>
  </table>`;
}

function keyOf(row: LogRow): string {
  return 'entry' in row ? `n${row.entry.n}` : `gap${row.before}`;
}

function gapRow(gap: number): View {
  return html`<tr class="gap"><td colspan="6">${plural(gap, 'entry', 'entries')} dropped here</td></tr>`;
}

function entryRow(log: LogReading, entry: RecorderEntry): TemplateResult {
  const { n, atMs, kind, type, actor, from, ms } = entry;
  const isOpen = log.place.entry?.n === n;
  return html`<tr class=${isOpen ? 'is-chosen' : ''}>
    <td class="number">${n}</td><td class="number">${secondsText(atMs)}</td><td>${chip(kind, `is-${kind}`)}</td>
    <td><button type="button" class="link" aria-expanded=${isOpen} @click=${() => log.move({ entry: isOpen ? undefined : entry })}>${visibleText(type)}</button></td>
    <td>${from === undefined ? nothing : html`<span class="quiet">${visibleText(from)} → </span>`}${visibleText(actor)}</td><td class="number">${ms === undefined ? '' : millisecondsText(ms)}</td>
  </tr>`;
}
