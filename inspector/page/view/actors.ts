import { html, nothing, type TemplateResult } from 'lit-html';
import type { ActorInfo } from '../../../protocol/inspection.ts';
import type { SeenTransition } from '../model/picture.ts';
import { secondsText } from '../model/units.ts';
import type { Page } from '../page.ts';
import { actorTree, MACHINE } from './actor-tree.ts';
import { chartSvg } from './chart-svg.ts';
import { compactorsView, mailboxView, workersView } from './compactors.ts';
import { chip, empty, type View } from './parts.ts';

const SHOWN_TRANSITIONS = 6;

export function actorsView(page: Page): TemplateResult {
  return html`<div class="actors">
    <section class="card" aria-labelledby="tree-title">
      <h2 id="tree-title">Actors</h2>
      ${actorTree(page, chosen(page)?.id)}
    </section>
    <section class="card" aria-labelledby="chart-title">${chosenChart(page)}</section>
    <div class="columns wide">
      <section class="card" aria-labelledby="mailbox-title"><h2 id="mailbox-title">Mailbox</h2>${mailboxView(page)}</section>
      <section class="card" aria-labelledby="running-title"><h2 id="running-title">What runs</h2>${compactorsView(page)}</section>
      <section class="card" aria-labelledby="threads-title"><h2 id="threads-title">Threads</h2>${workersView(page)}</section>
    </div>
  </div>`;
}

interface Choice {
  readonly id: string;
  readonly machine: string | undefined;
  readonly actor?: ActorInfo;
}

/** What was chosen, or the first compactor: most of what happens happens there. */
function chosen({ actor: id, picture: { actors } }: Page): Choice | undefined {
  const found =
    id === undefined ? (actors.find(({ machine }) => machine === 'compactor') ?? actors[0]) : actors.find((actor) => actor.id === id);
  if (found !== undefined) return { id: found.id, machine: found.machine, actor: found };
  if (id === undefined) return undefined;
  return { id, machine: id.startsWith(MACHINE) ? id.slice(MACHINE.length) : undefined };
}

function chosenChart(page: Page): TemplateResult {
  const choice = chosen(page);
  const layout = page.charts.find(({ id }) => id === choice?.machine);
  const name = choice === undefined ? 'Chart' : choice.id.replace(MACHINE, '');
  const last = page.picture.transitions.findLast(({ actor }) => actor === choice?.id);
  return html`
    <button type="button" class="quiet-button fit" aria-pressed=${page.fitsChart} @click=${() => page.set({ fitsChart: !page.fitsChart })}>Fit to width</button>
    <h2 id="chart-title">${name}${choice?.machine === undefined || choice.machine === name ? nothing : html` <span class="quiet">runs ${choice.machine}</span>`}</h2>
    <p class="states">${statesText(choice)}</p>
    <div class="chart-and-history"><div>${
      layout === undefined
        ? noChart(page, choice)
        : html`<div class="scroll chart-box ${page.fitsChart ? 'is-fit' : ''}" tabindex="0" role="region" aria-label="State chart">
      ${chartSvg({ layout, states: choice?.actor?.states ?? [], isRunning: choice?.actor !== undefined, last, nowMs: page.picture.frame?.atMs ?? 0 })}
    </div>`
    }</div>${history(page, choice)}</div>`;
}

function statesText(choice: Choice | undefined): View {
  if (choice?.actor === undefined) return html`<span class="quiet">No actor of this kind runs now.</span>`;
  const { states, status, note } = choice.actor;
  return html`${states.length === 0 ? status : states.map((state) => chip(state, 'is-active'))}${note === undefined ? nothing : html` <span class="note">${note}</span>`}`;
}

function noChart({ chartsProblem, charts }: Page, choice: Choice | undefined): TemplateResult {
  if (chartsProblem !== undefined) return html`<p class="problem">The charts could not be loaded. ${chartsProblem}</p>`;
  if (charts.length === 0) return empty('Loading the charts…');
  return empty(choice?.actor === undefined ? 'It does not run any more.' : 'It has no chart: a promise or a callback.');
}

function history({ picture: { transitions } }: Page, choice: Choice | undefined): TemplateResult {
  const own = transitions.filter(({ actor }) => actor === choice?.id).slice(-SHOWN_TRANSITIONS);
  return html`<div><h3>Last transitions</h3>
    ${own.length === 0 ? empty('None that this page has heard of.') : nothing}
    <ol class="plain transitions">${own.toReversed().map(transitionItem)}</ol></div>`;
}

function transitionItem({ event, from, to, atMs }: SeenTransition): TemplateResult {
  return html`<li><span class="quiet">${secondsText(atMs)}</span> <code>${from.join(', ')}</code> → <code>${to.join(', ')}</code>
    <span class="quiet">on</span> <code>${event}</code></li>`;
}
