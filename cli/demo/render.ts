import type { EngineStats } from '../../index.ts';
import { bytesText, countText, kindsText } from '../format.ts';
import type { Phase } from './summary.ts';

export interface Picture {
  readonly phase: Phase;
  readonly writes: number;
  readonly acknowledged: number;
  /** Since the last picture. */
  readonly writesPerSecond: number;
  readonly bytesOnDisk: number;
  readonly stats: EngineStats | undefined;
}

/** The live view of a terminal. */
export function renderPicture(picture: Picture): string {
  const { stats } = picture;
  const lines = [headline(picture)];
  if (stats !== undefined) {
    lines.push(...stats.compactors.map(compactorText));
    lines.push(
      `  mailbox      ${stats.mailbox.depth} of ${stats.mailbox.capacity} waiting, ${stats.mailbox.running} running; ${countText(stats.writes.waiting)} writes waiting`,
    );
    lines.push(
      `  memtables    ${1 + stats.memtables.sealed.length}, ${bytesText(stats.memtables.bytes)} of ${bytesText(stats.memtables.limit)}`,
    );
    lines.push(`  levels       ${levelsText(stats)}`);
    lines.push(`  compactions  ${kindsText(stats.compactions)}`);
  }
  return lines.join('\n');
}

/** The same on one line, for a log. */
export function renderLine(picture: Picture): string {
  const { stats } = picture;
  if (stats === undefined) return headline(picture);
  const compactors = stats.compactors.map(({ state, job }) => (job === undefined ? state : `${state} ${job}`)).join(' + ');
  return `${headline(picture)}; compactors ${compactors}; mailbox ${stats.mailbox.depth}; ${levelsText(stats)}`;
}

function headline({ phase, writes, acknowledged, writesPerSecond, bytesOnDisk }: Picture): string {
  const speed = phase === 'writing' ? ` at ${countText(writesPerSecond)}/s` : '';
  return `${phase}: ${countText(acknowledged)} of ${countText(writes)} writes${speed}; ${bytesText(bytesOnDisk)} on disk`;
}

function compactorText({ name, state, job, entries, bytes }: EngineStats['compactors'][number]): string {
  const work = job === undefined ? '' : `  ${job}: ${countText(entries)} entries, ${bytesText(bytes)}`;
  return `  ${name.padEnd(12)} ${state}${work}`;
}

function levelsText({ minors, levels, garbage }: EngineStats): string {
  const filled = levels.map(({ tables, bytes }, number) => ({ tables, bytes, number })).filter(({ tables }) => tables > 0);
  const parts = [`minors ${minors.tables} (${bytesText(minors.bytes)})`];
  for (const { number, tables, bytes } of filled) parts.push(`L${number} ${tables} (${bytesText(bytes)})`);
  return `${parts.join(', ')}, garbage ${garbage.blobs} (${bytesText(garbage.bytes)})`;
}
