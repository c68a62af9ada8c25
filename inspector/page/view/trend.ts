import { html, nothing, svg } from 'lit-html';
import { MOST_BACK, pointAfterKey, pointAtShare, pointText, type ReadOut, shownPoint } from '../model/read-out.ts';
import type { Series } from '../model/series.ts';
import { heightOf, sparkline } from '../model/sparkline.ts';
import type { Trend } from '../model/trends.ts';
import type { Page } from '../page.ts';
import type { View } from './parts.ts';

const BOX = { width: 300, height: 44 };

/** A number over time: what it is now, its chart, which can be read point by point, and the same in words. `span`: '5 minutes'. */
export function trendView(page: Page, trend: Trend, span: string): View {
  const { id, label, hint, text, warnFrom = Number.POSITIVE_INFINITY } = trend;
  const series = page.picture.trends.of(trend);
  if (series === undefined) return nothing;
  const { line, area, top, peak, low } = sparkline(series.points(), BOX, trend);
  const now = series.last;
  const point = shownPoint(series, page.readOuts.get(id));
  const said = now === undefined ? 'not known' : text(now);
  return html`<li class="trend ${(now ?? 0) >= warnFrom ? 'is-high' : ''}">
    <p class="trend-label" title=${hint}>${label}</p>
    <p class="trend-now" title=${hint}>${said}</p>
    <div class="spark" role="slider" tabindex="0" aria-readonly="true" aria-label="${label} over time" aria-describedby="trend-${id}"
      aria-valuemin=${-MOST_BACK} aria-valuemax="0" aria-valuenow=${-(point?.fromNewest ?? 0)} aria-valuetext=${point?.said ?? said}
      @focus=${() => page.readOuts.has(id) || page.readOut(id, pointAtShare(trend, series, 1))} @blur=${() => page.readOut(id, undefined)}
      @keydown=${onKey(page, trend, series)} @pointermove=${onPointer(page, trend, series)} @pointerdown=${onPress(page, trend, series)}
      @pointerleave=${(event: PointerEvent) => isFocused(event) || page.readOut(id, undefined)} @pointercancel=${giveUp}>
      <svg viewBox="0 0 ${BOX.width} ${BOX.height}" preserveAspectRatio="none" aria-hidden="true">
        ${svg`<path class="spark-area" d=${area}></path><path class="spark-line" d=${line}></path>`}${point === undefined ? nothing : mark(series, point, top)}
      </svg>
    </div>
    <p class="trend-scale ${point === undefined ? '' : 'is-pointed'}"><span>${point === undefined ? `peak ${text(peak)}` : pointText(trend, series, point.step)}</span><span>0 – ${roundText(text(top))}</span></p>
    <p id="trend-${id}" class="unseen">${hint}. In the last ${span}: lowest ${text(low)}, highest ${text(peak)}, last ${said}.</p>
  </li>`;
}

/** The top of a scale is a round number, and has little room. */
function roundText(text: string): string {
  return text.replace(/\.0(?= )/, '');
}

function mark(series: Series, { step }: ReadOut, top: number): View {
  const { first, last } = series.span;
  const x = (BOX.width * (step - first)) / Math.max(1, last - first);
  const y = heightOf(series.at(step), top, BOX.height);
  return svg`<path class="spark-mark" d="M${x} 0V${BOX.height}"></path><path class="spark-point" d="M${x} ${y}h0"></path>`;
}

function onKey(page: Page, trend: Trend, series: Series): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const point = pointAfterKey(trend, series, page.readOuts.get(trend.id)?.step, event.key);
    if (point === undefined) return;
    event.preventDefault();
    page.readOut(trend.id, point);
  };
}

function onPointer(page: Page, trend: Trend, series: Series): (event: PointerEvent) => void {
  return ({ currentTarget, clientX }) => {
    const { left, width } = (currentTarget as Element).getBoundingClientRect();
    page.readOut(trend.id, pointAtShare(trend, series, Math.min(1, Math.max(0, (clientX - left) / width))));
  };
}

/** What was pressed stays, also when the finger has gone, until something else has the focus. */
function onPress(page: Page, trend: Trend, series: Series): (event: PointerEvent) => void {
  const point = onPointer(page, trend, series);
  return (event) => {
    point(event);
    (event.currentTarget as HTMLElement).focus({ preventScroll: true });
  };
}

function isFocused({ currentTarget }: Event): boolean {
  return currentTarget === document.activeElement;
}

/** The finger turned out to scroll the page. */
function giveUp({ currentTarget }: Event): void {
  (currentTarget as HTMLElement).blur();
}
