import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { type ActorRow, actorRows, innermost, rowOf } from '../model/actor-rows.ts';
import { plural } from '../model/units.ts';
import type { Page } from '../page.ts';
import { chip, empty, type View } from './parts.ts';
import { moveFocus, onPress } from './roving.ts';

/** What is chosen where no actor is: this and a chart's id. */
export const MACHINE = 'machine:';
/** A branch that hides a change is lit for so long; the next frame that comes puts it out. */
const LIT_MS = 900;

/** `chosen`: an actor's id, or that of a chart that none runs. */
export function actorTree(page: Page, chosen: string | undefined): View {
  const rows = actorRows(page.picture.actors, page.collapsed);
  if (rows.length === 0) return empty('No actor runs.');
  const resting = page.charts.filter(({ id }) => page.picture.actors.every(({ machine }) => machine !== id));
  const isResting = resting.some(({ id }) => chosen === MACHINE + id);
  const stop = isResting || chosen === undefined ? undefined : (rowOf(rows, chosen) ?? rows[0]);
  return html`<ul class="tree" role="tree" aria-labelledby="tree-title" @keydown=${moveFocus}>
    ${repeat(
      rows,
      ({ actor }) => actor.id,
      (row) => actorItem(page, row, row.actor.id === chosen, row === stop),
    )}
    ${repeat(
      resting,
      ({ id }) => id,
      ({ id }) => restingItem(page, id, chosen === MACHINE + id),
    )}
  </ul>`;
}

function actorItem(page: Page, row: ActorRow, isChosen: boolean, isStop: boolean): TemplateResult {
  const { actor, depth, name, isBranch, hides } = row;
  const { id, machine, states, status, note } = actor;
  const choose = () => page.set({ actor: id });
  const keys = (event: KeyboardEvent) => {
    onPress(choose)(event);
    moveInTree(page, row, event);
  };
  return html`<li role="treeitem" class="depth-${Math.min(depth, 4)}" aria-level=${depth + 1} aria-selected=${isChosen} data-stop
      aria-expanded=${isBranch ? hides === undefined : nothing} tabindex=${isStop ? 0 : -1} @click=${choose} @keydown=${keys}>
    ${disclosure(page, row)}<span class="actor-name">${name}</span>
    ${machine === undefined || machine === name ? nothing : html`<span class="quiet">${machine}</span>`}
    ${status === 'active' ? innermost(states).map((state) => chip(state, isBusy(state) ? 'is-active' : '')) : chip(status, status === 'error' ? 'is-bad' : '')}
    ${hides === undefined ? nothing : chip(`${plural(hides.length, 'actor')} hidden`, `hides ${isLit(page, id) ? 'is-lit' : ''}`)}
    ${note === undefined ? nothing : html`<span class="note">${note}</span>`}
  </li>`;
}

/** For the mouse; whoever has none uses the arrow keys, and hears that the row is expanded or not. */
function disclosure(page: Page, { actor, isBranch, hides }: ActorRow): TemplateResult {
  if (!isBranch) return html`<span class="disclosure" aria-hidden="true"></span>`;
  const toggle = (event: Event) => {
    event.stopPropagation();
    page.toggleBranch(actor.id);
  };
  return html`<span class="disclosure ${hides === undefined ? 'is-open' : ''}" aria-hidden="true" @click=${toggle}>▸</span>`;
}

function isLit({ picture: { branches, frame } }: Page, id: string): boolean {
  const changedAtMs = branches.below(id);
  return changedAtMs !== undefined && frame !== undefined && frame.atMs - changedAtMs < LIT_MS;
}

function isBusy(state: string): boolean {
  return !/(^|\.)(idle|open|settled|waiting)$/.test(state);
}

/** Right opens a branch, or goes into it; Left closes it, or goes out of the one that it is in. */
function moveInTree(page: Page, { actor, isBranch, hides }: ActorRow, event: KeyboardEvent): void {
  const { key, ctrlKey, altKey, metaKey } = event;
  if ((key !== 'ArrowRight' && key !== 'ArrowLeft') || ctrlKey || altKey || metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  const item = event.currentTarget as HTMLElement;
  if (isBranch && (key === 'ArrowRight') === (hides !== undefined)) page.toggleBranch(actor.id);
  else if (key === 'ArrowLeft') parentItem(item)?.focus();
  else if (isBranch) (item.nextElementSibling as HTMLElement | null)?.focus();
}

function parentItem(item: HTMLElement): HTMLElement | undefined {
  let at: Element | null = item;
  while (at !== null && Number(at.ariaLevel) >= Number(item.ariaLevel)) at = at.previousElementSibling;
  return at === null ? undefined : (at as HTMLElement);
}

function restingItem(page: Page, id: string, isChosen: boolean): TemplateResult {
  const choose = () => page.set({ actor: MACHINE + id });
  return html`<li role="treeitem" class="is-resting" aria-level="1" aria-selected=${isChosen} data-stop tabindex=${isChosen ? 0 : -1}
      @click=${choose} @keydown=${onPress(choose)}>
    <span class="disclosure" aria-hidden="true"></span><span class="actor-name">${id}</span> <span class="quiet">none runs now</span>
  </li>`;
}
