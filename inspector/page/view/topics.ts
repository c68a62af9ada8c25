import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { LogCompactorStats } from '../../../protocol/stats.ts';
import { keyText } from '../model/key-order.ts';
import { type TopicRow, topicRows } from '../model/topics.ts';
import { bytesText, countText, millisecondsText, percentText, plural } from '../model/units.ts';
import type { Page } from '../page.ts';
import { bar, chip, empty, facts, type View } from './parts.ts';

export function topicsView({ picture: { frame, topics, topicsLeftOut } }: Page): View {
  if (frame === undefined) return nothing;
  if (topics.length === 0) return empty('There is no topic: the first record makes one.');
  return html`<div class="topics">${repeat(topicRows(topics, frame.stats.logs), ({ topic }) => topic.name, topicView)}</div>
    ${topicsLeftOut === 0 ? nothing : html`<p class="fine">${plural(topicsLeftOut, 'topic')} more.</p>`}`;
}

function topicView(row: TopicRow): TemplateResult {
  const { topic, activeBytes, historyBytes, dirty } = row;
  return html`<article class="card">
    <h2 class="topic-name">${keyText(topic.name, 200)}</h2>
    ${facts([
      ['Records', countText(topic.records)],
      ['Active (in memory)', bytesText(activeBytes)],
      ['History (in parts)', bytesText(historyBytes)],
      ['Not compacted yet', html`${bytesText(topic.dirtyBytes)} ${bar(dirty, `${percentText(dirty)} not compacted yet`, 'is-inline')}`],
    ])}
    ${partitions(row)}${groupsView(row)}${compactors(row)}
  </article>`;
}

function partitions({ topic: { name, partitions } }: TopicRow): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Partitions of ${name}"><table>
    <thead><tr><th scope="col" class="number">Partition</th><th scope="col" class="number">First</th><th scope="col" class="number">Last</th>
      <th scope="col" class="number">Next</th><th scope="col" class="number">Active</th><th scope="col" class="number">History</th></tr></thead>
    <tbody>${repeat(
      partitions,
      ({ partition }) => partition,
      ({ partition, beginning, end, next, activeBytes, historyBytes }) => html`<tr>
      <th scope="row" class="number">${partition}</th><td class="number">${offset(beginning)}</td><td class="number">${offset(end)}</td>
      <td class="number">${countText(next)}</td><td class="number">${bytesText(activeBytes)}</td><td class="number">${bytesText(historyBytes)}</td></tr>`,
    )}</tbody>
  </table></div>`;
}

function offset(value: number | undefined): string {
  return value === undefined ? '–' : countText(value);
}

function groupsView({ groups }: TopicRow): View {
  if (groups.length === 0) return html`<p class="fine">No consumer group has committed.</p>`;
  return html`<h3>Groups</h3><table>
    <thead><tr><th scope="col">Group</th><th scope="col" class="number">Behind</th><th scope="col" class="lag">Share</th><th scope="col" class="number">Committed</th></tr></thead>
    <tbody>${repeat(
      groups,
      ({ group }) => group,
      ({ group, lag, share, idleMs }) => html`<tr><th scope="row">${keyText(group)}</th><td class="number">${countText(lag)}</td>
      <td class="lag">${bar(share, `${group} is ${lag} records behind`, share > 0.5 ? 'is-held' : '')}</td><td class="number">${millisecondsText(idleMs)} ago</td></tr>`,
    )}</tbody>
  </table>`;
}

function compactors({ compactors }: TopicRow): View {
  if (compactors.length === 0) return html`<p class="fine">It is not registered for compaction.</p>`;
  return html`<h3>Compaction</h3><ul class="plain">${repeat(compactors, ({ partition }) => partition, compactorView)}</ul>`;
}

function compactorView({ partition, state, runs, passes, pass, from, end, failures, error, waiting }: LogCompactorStats): TemplateResult {
  const isBusy = state !== 'idle';
  return html`<li>Partition ${partition} ${chip(state, isBusy ? 'is-active' : '')}
    ${isBusy ? html`pass ${pass}, from ${countText(from)}${end === undefined ? nothing : html` to ${countText(end)}`}` : nothing}
    <span class="quiet">${plural(runs, 'run')}, ${plural(passes, 'pass', 'passes')}</span>
    ${waiting === 0 ? nothing : chip(`${plural(waiting, 'producer')} held back`, 'is-held')}
    ${failures === 0 ? nothing : html`<p class="problem">Failed ${countText(failures)}×: ${error?.code} ${error?.message}</p>`}</li>`;
}
