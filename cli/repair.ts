import { isUtf8 } from 'node:buffer';
import type { Command } from 'commander';
import { type Lost, type RepairProgress, type RepairReport, repair, type StaleKeys } from '../index.ts';
import { SomethingLost } from './failure.ts';
import { expectDirectory, orPlaceFailure } from './file-failure.ts';
import { entriesText, plural, secondsText, visibleText } from './format.ts';
import { Interrupt } from './interrupt.ts';
import { LoadProgress } from './load-progress.ts';
import { jsonOption, nonEmpty } from './options.ts';
import { Output } from './output.ts';

interface Options {
  readonly to: string;
  readonly leaveOutStale?: boolean;
  readonly json?: boolean;
}

export function registerRepair(program: Command): void {
  program
    .command('repair')
    .description(
      'salvage what is readable of a damaged store, which stays as it is, into a new one; exit 3 and a list when something is lost',
    )
    .argument('<dir>', 'directory of the damaged store', nonEmpty)
    .requiredOption('--to <dir>', 'directory of the new store; it is empty or not there', nonEmpty)
    .option('--leave-out-stale', 'do without old versions of keys whose newest may be lost')
    .addOption(jsonOption('print the report as JSON; keys that are no text as from64, to64'))
    .action(repairCommand);
}

async function repairCommand(damaged: string, { to, leaveOutStale, json }: Options): Promise<void> {
  const report = await repairWithBar(damaged, to, leaveOutStale !== true);
  const output = new Output();
  if (json) output.line(JSON.stringify(report, jsonOf));
  else for (const line of linesOf(report)) if (output.line(line)) await output.flush();
  await output.flush();
  const { lost, stale } = report;
  if (lost.length + stale.length > 0)
    throw new SomethingLost(
      `${plural(lost.length, 'loss', 'losses')}, ${plural(stale.length, 'range')} of stale keys; everything else is in ${to}`,
    );
}

/** A bar for each phase on stderr, where stderr is a terminal. */
async function repairWithBar(damaged: string, to: string, keepStale: boolean): Promise<RepairReport> {
  using interrupt = new Interrupt();
  const { signal } = interrupt;
  const bars = new Bars();
  try {
    await expectDirectory(damaged);
    return await orPlaceFailure(repair(damaged, to, { signal, keepStale, onProgress: (progress) => bars.show(progress) }), to, 'write');
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    bars.stop();
  }
}

class Bars {
  #bar: LoadProgress | undefined;
  #phase: RepairProgress['phase'] | undefined;
  #done = 0;

  show({ phase, done, total }: RepairProgress): void {
    if (phase !== this.#phase) {
      this.stop();
      this.#phase = phase;
      this.#bar = new LoadProgress(total, phase, 'bytes');
    }
    this.#bar?.advance(Math.max(0, done - this.#done), done);
    this.#done = done;
  }

  stop(): void {
    this.#bar?.stop();
    this.#done = 0;
  }
}

function* linesOf({ location, entries, records, topics, ms, lost, stale, warnings }: RepairReport): Iterable<string> {
  yield `${location}: ${entriesText(entries)}, ${plural(records, 'record')} of ${plural(topics, 'topic')}, in ${secondsText(ms)}`;
  for (const one of lost) yield `lost: ${lostText(one)}: ${one.reason}`;
  for (const one of stale) yield `stale: ${staleText(one)}: ${one.reason}`;
  for (const warning of warnings) yield `warning: ${visibleText(warning)}`;
  if (lost.length + stale.length === 0) yield 'nothing is lost';
}

function lostText(lost: Lost): string {
  if (lost.what === 'keys') return `keys ${rangeText(lost)}${placeText(lost)}`;
  if (lost.what === 'manifest') return 'of the manifest';
  if (lost.what === 'records') {
    const { topic, partition, from, to } = lost;
    return `records ${from} to ${to ?? 'the last'} of topic ${JSON.stringify(topic)}, partition ${partition}${placeText(lost)}`;
  }
  const { file, offset, bytes, groups } = lost;
  const how = groups === undefined ? 'an unknown number of writes' : plural(groups, 'write');
  return `${how} in ${file}${bytes === undefined ? '' : ` at ${offset}, ${plural(bytes, 'byte')}`}`;
}

function staleText(stale: StaleKeys): string {
  return `${plural(stale.entries, 'key')} ${rangeText(stale)}${placeText(stale)}`;
}

function rangeText({ from, to }: { readonly from?: Uint8Array; readonly to?: Uint8Array }): string {
  return `from ${from === undefined ? 'the first' : keyText(from)} to ${to === undefined ? 'the last' : keyText(to)}`;
}

function placeText({ blobId, block }: { readonly blobId?: number; readonly block?: number }): string {
  return blobId === undefined ? '' : ` (blob ${blobId}${block === undefined ? '' : `, block ${block}`})`;
}

const MOST_SHOWN = 64;

/** As text where it is text, else as hexadecimal digits; a long one is cut. */
function keyText(key: Uint8Array): string {
  const shown = isUtf8(key) ? JSON.stringify(visibleText(Buffer.from(key).toString('utf8'))) : `0x${Buffer.from(key).toString('hex')}`;
  return shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}…` : shown;
}

/** Keys as in a dump: text, or Base64 under another name. */
function jsonOf(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      if (!(one instanceof Uint8Array)) return [name, one];
      const bytes = Buffer.from(one);
      return isUtf8(bytes) ? [name, bytes.toString('utf8')] : [`${name}64`, bytes.toString('base64')];
    }),
  );
}
