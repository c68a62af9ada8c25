import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { keyText } from '../model/key-order.ts';
import type { LevelRow, TableBox } from '../model/table-layout.ts';
import { bytesText, countText, percentText, plural } from '../model/units.ts';
import type { Page } from '../page.ts';
import { askedView } from './explanation.ts';
import { empty, facts, when } from './parts.ts';

const LISTED = 200;
const LONG_KEY = 400;

interface Placed extends TableBox {
  readonly place: string;
}

function placed(rows: readonly LevelRow[]): Placed[] {
  return rows.flatMap(({ name, boxes }) => boxes.map((box) => ({ ...box, place: name })));
}

/** The table that was chosen: what is in it, and why it is on disk. */
export function tableDetails(page: Page, rows: readonly LevelRow[]): TemplateResult {
  const id = page.table;
  const found = placed(rows).find(({ table }) => table.id === id);
  return html`<h2 id="table-title">${id === undefined ? 'A table' : `Blob ${id}`}</h2>
    ${id === undefined ? empty('Choose a table above, or garbage below, to see what is in it and why it is there.') : nothing}
    ${found === undefined ? when(id !== undefined, () => html`<p class="quiet">No table of the tree any more; perhaps garbage, or gone.</p>`) : tableFacts(found)}
    ${
      id === undefined
        ? nothing
        : html`<p class="row"><button type="button" @click=${() => page.askWhyOnDisk(id)}>Why is it on disk?</button>
      <button type="button" class="quiet-button" @click=${() => page.set({ dialog: { type: 'DeleteBlob', blobId: id } })}>Delete…</button></p>`
    }
    ${askedView(page.whyTable)}`;
}

function tableFacts({ table, place, held, tombstones }: Placed): TemplateResult {
  return facts([
    ['Place', place],
    ['Size', bytesText(table.bytes)],
    ['Entries', countText(table.entries)],
    ['Tombstones', table.tombstones === 0 ? undefined : `${countText(table.tombstones)} (${percentText(tombstones)})`],
    ['Held for snapshots', table.heldBytes === 0 ? undefined : `about ${bytesText(table.heldBytes)} (${percentText(held)})`],
    ['First key', html`<code class="key-text">${keyText(table.minKey, LONG_KEY)}</code>`],
    ['Last key', html`<code class="key-text">${keyText(table.maxKey, LONG_KEY)}</code>`],
    ['Read by', table.order === undefined ? undefined : `order ${table.order}`],
  ]);
}

/** The same as the drawing, for who reads rather than looks. */
export function tableList(page: Page, rows: readonly LevelRow[]): TemplateResult {
  const all = placed(rows);
  return html`<details class="list"><summary>As a list</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="List of tables"><table>
      <thead><tr><th scope="col">Table</th><th scope="col">Place</th><th scope="col" class="number">Size</th><th scope="col" class="number">Entries</th>
        <th scope="col" class="number">Tombstones</th><th scope="col">First key</th><th scope="col">Last key</th><th scope="col">Order</th></tr></thead>
      <tbody>${repeat(
        all.slice(0, LISTED),
        ({ table }) => table.id,
        (one) => listRow(page, one),
      )}</tbody>
    </table></div>
    ${all.length <= LISTED ? nothing : html`<p class="fine">${plural(all.length - LISTED, 'table')} more.</p>`}
  </details>`;
}

function listRow(page: Page, { table, place }: Placed): TemplateResult {
  return html`<tr>
    <th scope="row"><button type="button" class="link" @click=${() => page.chooseTable(table.id)}>${table.id}</button></th><td>${place}</td>
    <td class="number">${bytesText(table.bytes)}</td><td class="number">${countText(table.entries)}</td><td class="number">${countText(table.tombstones)}</td>
    <td><code>${keyText(table.minKey)}</code></td><td><code>${keyText(table.maxKey)}</code></td><td>${table.order ?? ''}</td>
  </tr>`;
}
