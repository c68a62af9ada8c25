import { html, nothing, type TemplateResult } from 'lit-html';
import type { LogReading } from '../log-reading.ts';
import { dumpFacts } from '../model/open-dump.ts';
import { facts, type View } from './parts.ts';

/** By the keyboard it is the file input itself that is reached; the button is its label. */
export function dumpChooser(log: LogReading): TemplateResult {
  const choose = ({ currentTarget }: Event) => {
    const input = currentTarget as HTMLInputElement;
    const file = input.files?.item(0);
    if (file) void log.openDump(file);
    // So that the same file can be chosen again.
    input.value = '';
  };
  return html`<label class="button">Open a dump…<input id="dump-file" class="unseen" type="file" accept=".json,application/json" @change=${choose}></label>`;
}

/** Where the focus goes with a button beside it that goes away. */
export function focusChooser(): void {
  document.getElementById('dump-file')?.focus();
}

/** Whose dump is open and what is in it, said aloud when it opens; or why one was not opened. */
export function dumpView(log: LogReading): TemplateResult {
  return html`<div role="status" class="dump">${log.dump === undefined ? nothing : dumpHead(log.dump)}</div>
    ${log.problem === undefined ? nothing : problemView(log, log.problem)}`;
}

function dumpHead(dump: NonNullable<LogReading['dump']>): TemplateResult {
  return html`<section class="card" aria-labelledby="dump-title">
    <h2 id="dump-title">A dump, not the engine <span class="quiet">${dump.name}</span></h2>
    ${facts(dumpFacts(dump))}
  </section>`;
}

function problemView(log: LogReading, problem: string): View {
  const dismiss = () => {
    log.say(undefined);
    focusChooser();
  };
  return html`<div class="banner is-bad dump-problem"><p role="alert">${problem}</p>
    <button type="button" class="quiet-button" @click=${dismiss}>Dismiss</button></div>`;
}

/** For the element that a file can be dropped on. Anything else that is dragged over it is none of ours. */
export function overDrop(event: DragEvent): void {
  if (!hasFiles(event)) return;
  event.preventDefault();
  markDrop(event, true);
}

export function leaveDrop(event: DragEvent): void {
  const { currentTarget, relatedTarget } = event;
  if (!(currentTarget as Element).contains(relatedTarget as Node | null)) markDrop(event, false);
}

export function takeDrop(log: LogReading): (event: DragEvent) => void {
  return (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    markDrop(event, false);
    const [file, ...others] = event.dataTransfer?.files ?? [];
    if (others.length > 0) log.say(`Of ${others.length + 1} files none was opened: one dump is read at a time.`);
    else if (file !== undefined) void log.openDump(file);
  };
}

/** For the whole page: a browser shows a file that misses its place instead of the page. */
export function refuseDrop(event: DragEvent): void {
  if (event.defaultPrevented || !hasFiles(event)) return;
  event.preventDefault();
  if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'none';
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') === true;
}

function markDrop({ currentTarget }: DragEvent, isOver: boolean): void {
  (currentTarget as Element).toggleAttribute('data-drop', isOver);
}
