import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { RecorderEntry } from '../../../protocol/recorder.ts';
import { TRENDS, type Trends } from '../model/trends.ts';
import { bytesText, countText, millisecondsText, plural, secondsText } from '../model/units.ts';
import type { Page } from '../page.ts';
import { compactorsView } from './compactors.ts';
import { explanation } from './explanation.ts';
import { empty, facts, type View } from './parts.ts';
import { trendView } from './trend.ts';

const LATELY = 8;

export function overview(page: Page): View {
  const { frame, waiting, trends } = page.picture;
  if (frame === undefined) return nothing;
  const { stats } = frame;
  const span = spanOf(trends);
  return html`
    <section class="card" aria-labelledby="waiting-title">
      <h2 id="waiting-title">Who waits, and for what</h2>
      ${waiting === undefined ? html`<p class="quiet">Not told yet.</p>` : explanation(waiting)}
    </section>
    <section aria-labelledby="trends-title">
      <h2 id="trends-title">The last ${span}</h2>
      <ul class="trends">${TRENDS.map((trend) => trendView(page, trend, span))}</ul>
    </section>
    <div class="columns">
      <section class="card" aria-labelledby="now-title">
        <h2 id="now-title">Compactors now</h2>
        ${compactorsView(page)}
        ${stats.notPicked.length === 0 ? nothing : notPicked(stats.notPicked)}
      </section>
      <section class="card" aria-labelledby="totals-title">
        <h2 id="totals-title">Since it was opened</h2>
        ${totals(page)}
      </section>
      <section class="card" aria-labelledby="lately-title">
        <h2 id="lately-title">What happened last</h2>
        ${lately(page)}
      </section>
    </div>`;
}

function spanOf(trends: Trends): string {
  const series = trends.of(TRENDS[0]);
  const ms = series === undefined ? 0 : series.points().length * series.stepMs;
  return ms < 120_000 ? plural(ms / 1000, 'second') : plural(Math.floor(ms / 60_000), 'minute');
}

function notPicked(reasons: readonly string[]): TemplateResult {
  return html`<details><summary>${plural(reasons.length, 'reason')} not to compact more</summary>
    <ul class="plain">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul></details>`;
}

/** What the engine says of itself; messages and transitions come by the thousand. */
function lately(page: Page): TemplateResult {
  const entries = page.picture.entries.newest(LATELY, ({ kind }) => kind === 'event');
  if (entries.length === 0) return empty('Nothing yet.');
  const open = (entry: RecorderEntry) => () => {
    page.log.showLive(entry);
    location.replace('#log');
  };
  return html`<ul class="plain lately">${repeat(
    entries,
    ({ n }) => n,
    (entry) => html`<li>
    <span class="quiet">${secondsText(entry.atMs)}</span>
    <button type="button" class="link" @click=${open(entry)}>${entry.type}</button> <span class="quiet">${gistOf(entry)}</span></li>`,
  )}</ul>`;
}

/** What it says for people, if it says anything. */
function gistOf({ details, ms }: RecorderEntry): string {
  const words = [details?.kind ?? details?.job, details?.reason].filter((word) => typeof word === 'string');
  return [...words, ...(ms === undefined ? [] : [millisecondsText(ms)])].join(', ');
}

function totals({ picture: { frame } }: Page): View {
  if (frame === undefined) return nothing;
  const { writes, wal, memtables, compactions, bytesRead, bytesWritten, cache, snapshots, lastSequence, leases } = frame.stats;
  const looked = cache.hits + cache.misses;
  return facts([
    ['Written', `${countText(writes.acknowledged)} entries, ${bytesText(writes.bytes)}, in ${plural(writes.commits, 'commit')}`],
    ['Last sequence', countText(lastSequence)],
    ['Memtables', `${bytesText(memtables.bytes)} of ${bytesText(memtables.limit)}; ${memtables.sealed.length} sealed`],
    ['Write-ahead log', `${plural(wal.segments, 'segment')}, ${bytesText(wal.bytes)}`],
    [
      'Jobs',
      Object.entries(compactions)
        .map(([kind, count]) => `${countText(count)} ${kind}`)
        .join(', '),
    ],
    ['Jobs read, wrote', `${bytesText(bytesRead)}, ${bytesText(bytesWritten)}`],
    [
      'Block cache',
      `${bytesText(cache.bytes)} of ${bytesText(cache.limit)}${looked === 0 ? '' : `, ${Math.round((100 * cache.hits) / looked)} % hits`}`,
    ],
    ['Snapshots', `${countText(snapshots.count)}, holding ${bytesText(snapshots.pinnedBytes)}; ${plural(leases.length, 'lease')}`],
    ['On disk', frame.health.diskBytes === undefined ? undefined : bytesText(frame.health.diskBytes)],
  ]);
}
