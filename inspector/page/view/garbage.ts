import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { GarbageInfo } from '../../../protocol/shape.ts';
import type { ShapeView } from '../../frames.ts';
import { bytesText, countText, millisecondsText, plural } from '../model/units.ts';
import type { Page } from '../page.ts';
import { chip, empty, facts, type View } from './parts.ts';

const LISTED = 100;

/** What nothing needs any more, and whether a reader still sees it. */
export function garbageView(page: Page, { garbage }: ShapeView): TemplateResult {
  const bytes = garbage.reduce((sum, one) => sum + one.bytes, 0);
  return html`<h2 id="garbage-title">Garbage <span class="quiet">${plural(garbage.length, 'blob')}, ${bytesText(bytes)}</span></h2>
    ${
      garbage.length === 0
        ? empty('None: everything on disk is needed.')
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Garbage"><table>
      <thead><tr><th scope="col">Blob</th><th scope="col" class="number">Size</th><th scope="col">State</th><th scope="col">Ask</th></tr></thead>
      <tbody>${repeat(
        garbage.slice(0, LISTED),
        ({ id }) => id,
        (one) => garbageRow(page, one),
      )}</tbody>
    </table></div>`
    }
    ${garbage.length <= LISTED ? nothing : html`<p class="fine">${countText(garbage.length - LISTED)} more.</p>`}`;
}

function garbageRow(page: Page, { id, bytes, pinned }: GarbageInfo): TemplateResult {
  return html`<tr>
    <th scope="row">${id}</th><td class="number">${bytesText(bytes)}</td><td>${pinned ? chip('pinned by a reader', 'is-held') : chip('may go')}</td>
    <td><button type="button" class="link" aria-label="Why is blob ${id} on disk?" @click=${() => page.askWhyOnDisk(id)}>why?</button></td>
  </tr>`;
}

/** Who reads at an earlier moment, and what that keeps. */
export function holdersView({ picture: { frame } }: Page, { leases }: ShapeView): View {
  return html`<h2 id="holders-title">Who holds what</h2>
    ${frame === undefined ? nothing : snapshotFacts(frame.stats.snapshots)}
    ${
      leases.length === 0
        ? empty('No reader holds a version.')
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Leases"><table>
      <thead><tr><th scope="col">Lease</th><th scope="col" class="number">Age</th><th scope="col" class="number">Version</th><th scope="col" class="number">Pins</th></tr></thead>
      <tbody>${leases.slice(0, LISTED).map(
        ({ owner, ageMs, version, pinnedBlobs, pinnedBytes }) => html`<tr>
        <th scope="row">${owner}</th><td class="number">${millisecondsText(ageMs)}</td><td class="number">${countText(version)}</td>
        <td class="number">${pinnedBlobs === 0 ? '–' : `${plural(pinnedBlobs, 'blob')}, ${bytesText(pinnedBytes)}`}</td></tr>`,
      )}</tbody>
    </table></div>`
    }`;
}

function snapshotFacts({ count, pinnedBytes, oldest }: NonNullable<Page['picture']['frame']>['stats']['snapshots']): TemplateResult {
  return facts([
    ['Snapshots', `${countText(count)}, keeping ${bytesText(pinnedBytes)}`],
    [
      'Oldest',
      oldest === undefined
        ? undefined
        : `${oldest.owner} at sequence ${countText(oldest.sequence)}, ${millisecondsText(oldest.ageMs)} old, keeping about ${bytesText(oldest.pinnedBytes)}`,
    ],
    ['Made at', oldest?.stack === undefined ? undefined : html`<pre class="json" tabindex="0">${oldest.stack}</pre>`],
  ]);
}
