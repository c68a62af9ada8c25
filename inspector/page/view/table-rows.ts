import { html, nothing, svg, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { keyText } from '../model/key-order.ts';
import { isEmpty, type LevelRow, type OrderBand, type TableBox, withEmptiesTogether } from '../model/table-layout.ts';
import { bytesText, countText, plural } from '../model/units.ts';
import type { Page } from '../page.ts';
import { percent, type View } from './parts.ts';
import { moveFocus, onPress } from './roving.ts';

const LANE = 26;
const GAP = 3;
/** Room for what orders write into a level, above its tables. */
const BAND = 9;
/** However small a table is, it is seen. */
const LEAST = 0.28;

export function treeView(page: Page, rows: readonly LevelRow[]): TemplateResult {
  return html`<div class="levels">
    ${repeat(
      withEmptiesTogether(rows),
      ([{ place }]) => place,
      (group) => (isEmpty(group[0]) ? emptyRows(group) : rowView(page, group[0])),
    )}
    <p class="axis"><span>first key</span><span class="legend">
      ${key('is-plain', 'table; its height is its size')}${key('is-held', 'held for snapshots')}${key('is-tombstones', 'tombstones')}${key('is-read', 'read by a compaction')}${key('is-written', 'written')}
    </span><span>last key</span></p>
  </div>`;
}

function key(name: string, text: string): TemplateResult {
  return html`<span class="key"><svg class="swatch ${name}" aria-hidden="true"><rect width="100%" height="100%"></rect></svg>${text}</span>`;
}

function rowView(page: Page, row: LevelRow): TemplateResult {
  const { name, boxes, lanes, leftOut, bytes, orders } = row;
  const height = Math.max(1, lanes) * (LANE + GAP) + BAND;
  const first = boxes.some(({ table }) => table.id === page.table) ? undefined : boxes[0]?.table.id;
  return html`<div class="level">
    <h3>${name}</h3>
    <p class="fine">${plural(boxes.length + leftOut, 'table')}, ${bytesText(bytes)}${leftOut === 0 ? nothing : html`<br>${countText(leftOut)} not drawn`}</p>
    <svg class="level-row" height=${height} role="group" aria-label="${name}: ${plural(boxes.length, 'table')}. Arrow keys move between them." @keydown=${moveFocus}>
      <rect class="level-ground" width="100%" height=${height} rx="3"></rect>
      ${repeat(orders, ({ order }) => order.id, bandView)}
      ${repeat(
        boxes,
        ({ table }) => table.id,
        (box) => boxView(page, box, box.table.id === first),
      )}
    </svg>
  </div>`;
}

function emptyRows(rows: readonly LevelRow[]): TemplateResult {
  const [first, last] = [rows[0], rows[rows.length - 1]];
  const name = first === last ? first.name : `Levels ${first.place} to ${last.place}`;
  return html`<div class="level is-empty"><h3>${name}</h3><p class="fine">empty</p></div>`;
}

function bandView({ order, x, width }: OrderBand): TemplateResult {
  return svg`<g class="band"><title>Order ${order.id} writes here: ${order.reason}</title>
    <rect x=${percent(x)} width=${percent(width)} y="1" height=${BAND - 3} rx="2"></rect></g>`;
}

function boxView(page: Page, box: TableBox, isFirst: boolean): TemplateResult {
  const { table, lane, x, width, held, tombstones } = box;
  const height = LANE * (LEAST + (1 - LEAST) * box.weight);
  const y = BAND + lane * (LANE + GAP) + LANE - height;
  const isChosen = page.table === table.id;
  const choose = () => page.chooseTable(table.id);
  const part = (share: number, name: string, from: number): View =>
    share === 0
      ? nothing
      : svg`<rect class=${name} x=${percent(x)} width=${percent(width)} y=${y + height * (1 - from - share)} height=${height * share}></rect>`;
  return svg`<g class="table ${table.order === undefined ? '' : 'is-read'} ${isChosen ? 'is-chosen' : ''}" role="button" data-stop
      tabindex=${isChosen || isFirst ? 0 : -1} aria-pressed=${isChosen} aria-label=${boxText(box)} @click=${choose} @keydown=${onPress(choose)}>
    <title>${boxText(box)}</title>
    <rect class="body" x=${percent(x)} width=${percent(width)} y=${y} height=${height}></rect>
    ${part(Math.min(held, 1), 'held', 0)}${part(Math.min(tombstones, 1 - held), 'tombstones', held)}
    <rect class="frame" x=${percent(x)} width=${percent(width)} y=${y} height=${height}></rect>
  </g>`;
}

function boxText({ table }: TableBox): string {
  const { id, bytes, entries, tombstones, heldBytes, minKey, maxKey, order } = table;
  const parts = [
    `Table ${id}, ${bytesText(bytes)}, ${plural(entries, 'entry', 'entries')}`,
    tombstones > 0 ? plural(tombstones, 'tombstone') : '',
    heldBytes > 0 ? `${bytesText(heldBytes)} held for snapshots` : '',
    `${keyText(minKey)} to ${keyText(maxKey)}`,
    order === undefined ? '' : `read by order ${order}`,
  ];
  return parts.filter(Boolean).join(', ');
}
