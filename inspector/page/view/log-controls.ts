import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { RecorderEntry } from '../../../protocol/recorder.ts';
import { DRAWN_ROWS } from '../model/entry-log.ts';
import { countText, plural } from '../model/units.ts';
import { visibleText } from '../model/visible-text.ts';
import type { Page } from '../page.ts';
import { dumpChooser, focusChooser } from './log-dump.ts';
import type { View } from './parts.ts';

const KINDS: readonly RecorderEntry['kind'][] = ['message', 'transition', 'decision', 'event'];
/** A dump may name as many as it has entries; the others are found by their names. */
const LISTED_ACTORS = 1000;

/** What of the log is shown, and which log. */
export function logControls(page: Page): TemplateResult {
  const { filter } = page.log.place;
  return html`<form class="controls" @submit=${(event: Event) => event.preventDefault()}>
    <label>Find <input type="search" name="text" autocomplete="off" spellcheck="false" .value=${filter.text} @input=${(event: Event) => setFilter(page, event, 'text')}></label>
    <label>Kind <select name="kind" @change=${(event: Event) => setFilter(page, event, 'kind')}>
      <option value="" .selected=${filter.kind === undefined}>all</option>${KINDS.map((kind) => html`<option value=${kind} .selected=${filter.kind === kind}>${kind}</option>`)}</select></label>
    <label>Actor <select name="actor" @change=${(event: Event) => setFilter(page, event, 'actor')}>
      <option value="" .selected=${filter.actor === undefined}>all</option>${repeat(
        actorNames(page),
        (name) => name,
        (name) => html`<option value=${name} .selected=${filter.actor === name}>${visibleText(name)}</option>`,
      )}</select></label>
    ${page.log.dump === undefined ? liveControls(page) : html`<span class="fine">${shownText(page)}</span>`}
    <span class="files">${page.log.dump === undefined ? download() : backToLive(page)}${dumpChooser(page.log)}</span>
  </form>`;
}

/** The chosen one stays in the list when its last entry has gone. */
function actorNames({ log: { entries, place } }: Page): readonly string[] {
  const [names, { actor }] = [entries.actors().slice(0, LISTED_ACTORS), place.filter];
  return actor === undefined || names.includes(actor) ? names : [actor, ...names];
}

function setFilter({ log }: Page, event: Event, field: 'text' | 'kind' | 'actor'): void {
  const { value } = event.currentTarget as HTMLInputElement | HTMLSelectElement;
  const { [field]: _, ...others } = log.place.filter;
  const filter = { text: '', ...others };
  log.move({ filter: value === '' ? filter : { ...filter, [field]: value }, upTo: undefined });
}

function liveControls(page: Page): TemplateResult {
  const { log, picture } = page;
  const isPaused = log.place.still !== undefined;
  const dropped = picture.frame?.droppedEntries ?? 0;
  return html`<button type="button" aria-pressed=${isPaused} @click=${() => log.pause(!isPaused)}>Pause</button>
    <span class="fine">${shownText(page)}${dropped === 0 ? nothing : html` · <b class="warning">${plural(dropped, 'entry', 'entries')} dropped</b>`}</span>`;
}

function shownText({ log: { entries, place, dump, cameSince } }: Page): string {
  if (place.still !== undefined) return `standing still; ${countText(cameSince)} came since`;
  return `${countText(entries.size)} ${dump === undefined ? 'kept' : 'in it'}, ${DRAWN_ROWS} shown at most`;
}

function download(): TemplateResult {
  return html`<a class="button" href="recorder" download="lithify-recorder.json">Download the recorder</a>`;
}

function backToLive({ log }: Page): View {
  const back = () => {
    log.backToLive();
    focusChooser();
  };
  return html`<button type="button" class="primary" @click=${back}>Back to live</button>`;
}
