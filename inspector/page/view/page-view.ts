import { html, nothing, type TemplateResult } from 'lit-html';
import type { MessageType } from '../../../protocol/messages.ts';
import { connectionText } from '../link/connection.ts';
import { countText, timeText } from '../model/units.ts';
import { type Page, TABS, type Tab } from '../page.ts';
import { actorsView } from './actors.ts';
import { logView } from './log.ts';
import { messageDialog, WORDS } from './message-dialog.ts';
import { overview } from './overview.ts';
import { chip, type View } from './parts.ts';
import { repliesView } from './replies.ts';
import { moveFocus } from './roving.ts';
import { tablesView } from './tables.ts';
import { topicsView } from './topics.ts';

const PANELS: Readonly<Record<Tab, { readonly title: string; readonly view: (page: Page) => View }>> = {
  overview: { title: 'Overview', view: overview },
  actors: { title: 'Actors', view: actorsView },
  tables: { title: 'Tables', view: tablesView },
  topics: { title: 'Topics', view: topicsView },
  log: { title: 'Messages', view: logView },
};

const MESSAGES: readonly MessageType[] = ['MinorCompact', 'MajorCompaction', 'GarbageCollect', 'DeleteBlob', 'Shutdown'];

/** Everything that is seen. Only the chosen panel is drawn. */
export function pageView(page: Page): TemplateResult {
  const { tab, picture } = page;
  return html`
    <a class="skip" href="#panel" @click=${skip}>Skip to the panel</a>
    ${header(page)}
    ${toolbar(page)}
    ${repliesView(page)}
    <main><div id="panel" class="panel" role="tabpanel" tabindex="-1" aria-labelledby="tab-${tab}">
      ${picture.frame === undefined ? html`<p class="empty">Waiting for the engine’s first frame…</p>` : PANELS[tab].view(page)}
    </div></main>
    ${messageDialog(page)}`;
}

/** The address stays as it is: what stands behind its '#' is the tab. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('panel')?.focus();
}

function header(page: Page): TemplateResult {
  const { hello, frame } = page.picture;
  const silentMs = page.frameCameAt === 0 ? 0 : performance.now() - page.frameCameAt;
  const { tone, label, sentence } = connectionText(page.connection, silentMs, hello?.everyMs ?? 1000);
  const dropped = frame?.droppedFrames ?? 0;
  return html`<header>
    <h1>lithify <span class="location" title=${hello?.location ?? ''}>${hello?.location ?? ''}</span></h1>
    <p class="status">
      ${frame === undefined ? nothing : html`engine ${chip(frame.stats.state, frame.stats.state === 'open' ? 'is-good' : 'is-held')}`}
      page ${chip(label, `is-${tone}`)}
      ${frame === undefined ? nothing : html`<span class="fine" title="Frame ${frame.n}">${timeText(frame.wallMs)}</span>`}
      ${dropped === 0 ? nothing : html`<span class="fine warning">${countText(dropped)} frames dropped</span>`}
      ${hello === undefined ? nothing : html`<span class="fine">v${hello.version}</span>`}
    </p>
    <div class="banners" role="status">${sentence === undefined ? nothing : html`<p class="banner is-${tone}">${sentence}</p>`}</div>
  </header>`;
}

function toolbar(page: Page): TemplateResult {
  const isOver = page.connection.kind === 'closed';
  return html`<nav class="toolbar" aria-label="Views and messages">
    <div class="tabs" role="tablist" aria-label="Views" @keydown=${moveFocus}>${TABS.map((tab) => tabView(page, tab))}</div>
    <div class="messages" role="group" aria-label="Messages to the engine">${MESSAGES.map(
      (type) => html`<button type="button" ?disabled=${isOver}
      class=${type === 'Shutdown' ? 'quiet-button danger-text' : 'quiet-button'} @click=${() => page.set({ dialog: { type } })}>${WORDS[type].button}</button>`,
    )}</div>
  </nav>`;
}

/** The address follows, and with it the tab: a reload keeps it. */
function tabView({ tab: chosen }: Page, tab: Tab): TemplateResult {
  const isChosen = chosen === tab;
  return html`<button type="button" id="tab-${tab}" role="tab" data-stop aria-selected=${isChosen} aria-controls="panel" tabindex=${isChosen ? 0 : -1}
    @click=${() => location.replace(`#${tab}`)}>${PANELS[tab].title}</button>`;
}
