import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { OrderInfo } from '../../../protocol/shape.ts';
import { keyText } from '../model/key-order.ts';
import { rangeOf } from '../model/message-form.ts';
import { layoutTables } from '../model/table-layout.ts';
import { bytesText, countText } from '../model/units.ts';
import type { Page } from '../page.ts';
import { askedView } from './explanation.ts';
import { garbageView, holdersView } from './garbage.ts';
import { bar, empty, type View } from './parts.ts';
import { tableDetails, tableList } from './table-details.ts';
import { treeView } from './table-rows.ts';

export function tablesView(page: Page): View {
  const { shape } = page.picture;
  if (shape === undefined) return empty('The shape of the tree has not come yet.');
  const rows = layoutTables(shape);
  return html`
    <section class="card" aria-labelledby="tree-of-tables">
      <h2 id="tree-of-tables">Tables by key order <span class="quiet">version ${countText(shape.version)}</span></h2>
      ${treeView(page, rows)}
      ${tableList(page, rows)}
    </section>
    <div class="columns">
      <section class="card" aria-labelledby="table-title">${tableDetails(page, rows)}</section>
      <section class="card" aria-labelledby="orders-title">
        <h2 id="orders-title">Compactions under way</h2>
        ${shape.orders.length === 0 ? empty('None.') : html`<ul class="plain">${repeat(shape.orders, ({ id }) => id, orderView)}</ul>`}
        ${whyNotView(page)}
      </section>
    </div>
    <div class="columns">
      <section class="card" aria-labelledby="garbage-title">${garbageView(page, shape)}</section>
      <section class="card" aria-labelledby="holders-title">${holdersView(page, shape)}</section>
    </div>`;
}

function orderView({ id, kind, reason, inputs, target, bytes, minKey, maxKey, slices, done }: OrderInfo): TemplateResult {
  return html`<li class="order">
    <p><b>Order ${id}</b>, ${kind}: ${countText(inputs.length)} tables, ${bytesText(bytes)}, into level ${target}</p>
    <p class="quiet">${reason}</p>
    ${bar(slices > 0 ? done / slices : 0, `${done} of ${slices} slices done`)}
    <p class="fine">${done} of ${slices} slices · <code>${keyText(minKey)}</code> to <code>${keyText(maxKey)}</code></p>
  </li>`;
}

function whyNotView(page: Page): TemplateResult {
  const ask = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    return page.askWhyNotCompacted(rangeOf({ gte: String(given.get('gte')), lt: String(given.get('lt')) }));
  };
  return html`<h3>Why is nothing compacted?</h3>
    <form class="inline-form" @submit=${ask}>
      <label>From key <input name="gte" autocomplete="off" spellcheck="false" placeholder="the first"></label>
      <label>to before <input name="lt" autocomplete="off" spellcheck="false" placeholder="the end"></label>
      <button type="submit">Why is nothing compacted?</button>
    </form>
    ${page.whyNotCompacted === undefined ? nothing : askedView(page.whyNotCompacted)}`;
}
