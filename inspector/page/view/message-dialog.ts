import { html, nothing, type TemplateResult } from 'lit-html';
import { createRef, type Ref, ref } from 'lit-html/directives/ref.js';
import type { MessageType } from '../../../protocol/messages.ts';
import { type FormValues, messageOf, SHUTDOWN_WORD } from '../model/message-form.ts';
import type { OpenDialog, Page } from '../page.ts';
import type { View } from './parts.ts';

interface Words {
  readonly button: string;
  readonly title: string;
  readonly what: string;
  readonly go: string;
}

/** The five messages, in words. */
export const WORDS: Readonly<Record<MessageType, Words>> = {
  MinorCompact: {
    ...{ button: 'Minor compact…', title: 'Write the memtable to disk?', go: 'Send MinorCompact' },
    what: 'Seals the active memtable and writes it as a minor table. Writes go on meanwhile.',
  },
  MajorCompaction: {
    ...{ button: 'Major compaction…', title: 'Merge everything into the last level?', go: 'Send MajorCompaction' },
    what: 'Flushes, then merges all tables, or those of a range, into the last level. Reading and writing go on; it costs disk bandwidth and, until garbage is collected, space.',
  },
  GarbageCollect: {
    ...{ button: 'Collect garbage…', title: 'Delete the garbage now?', go: 'Send GarbageCollect' },
    what: 'Deletes all recorded garbage that no reader holds, and gives its space back to the file system.',
  },
  DeleteBlob: {
    ...{ button: 'Delete a blob…', title: 'Delete one obsolete blob?', go: 'Send DeleteBlob' },
    what: 'A blob that is still needed is refused; one that a reader holds goes when the reader lets go.',
  },
  Shutdown: {
    ...{ button: 'Shut down…', title: 'Shut the engine down?', go: 'Send Shutdown' },
    what: 'The application loses its store: writes and reads fail from now on. Running jobs end, or are aborted at the deadline. What was acknowledged stays.',
  },
};

const dialog: Ref<HTMLDialogElement> = createRef();

/** Shown modally as soon as it is drawn; Escape and Cancel send nothing. */
export function messageDialog(page: Page): View {
  const { dialog: open } = page;
  if (open === undefined) return nothing;
  return html`<dialog ${ref(dialog)} ${ref(showModally)} aria-labelledby="dialog-title" aria-describedby="dialog-what" @close=${() => page.set({ dialog: undefined })}>
    <form method="dialog" novalidate @submit=${(event: SubmitEvent) => submit(page, open, event)}>${formView(open)}</form>
  </dialog>`;
}

function showModally(element: Element | undefined): void {
  // Drawn and attached first: a dialog that is not in the document cannot be shown.
  if (element instanceof HTMLDialogElement) queueMicrotask(() => element.isConnected && !element.open && element.showModal());
}

function formView({ type, blobId }: OpenDialog): TemplateResult {
  const { title, what, go } = WORDS[type];
  return html`
    <h2 id="dialog-title">${title}</h2>
    <p id="dialog-what">${what}</p>
    ${fields(type, blobId)}
    <p class="problem" id="dialog-problem" role="alert"></p>
    <p class="row end">
      <button type="button" autofocus @click=${() => dialog.value?.close()}>Cancel</button>
      <button type="submit" class=${type === 'Shutdown' ? 'danger' : 'primary'}>${go}</button>
    </p>`;
}

function fields(type: MessageType, blobId: number | undefined): View {
  if (type === 'MajorCompaction')
    return html`${field('gte', 'From key (empty: the first)')}${field('lt', 'To before key (empty: the end)')}`;
  if (type === 'DeleteBlob') return field('blobId', 'Number of the blob', blobId?.toString() ?? '');
  if (type === 'Shutdown')
    return html`${field('deadlineMs', 'Deadline in milliseconds (empty: the engine’s own)')}${field('confirmation', `Type “${SHUTDOWN_WORD}” to confirm`)}`;
  return nothing;
}

function field(name: keyof FormValues, label: string, value = ''): TemplateResult {
  return html`<label class="field">${label} <input name=${name} value=${value} autocomplete="off" spellcheck="false" aria-describedby="dialog-problem"></label>`;
}

function submit(page: Page, { type }: OpenDialog, event: SubmitEvent): void {
  event.preventDefault();
  const form = event.currentTarget as HTMLFormElement;
  const result = messageOf(type, Object.fromEntries(Array.from(new FormData(form), ([name, value]) => [name, String(value)])));
  if ('message' in result) {
    dialog.value?.close();
    void page.send(result.message);
    return;
  }
  const problem = form.querySelector('#dialog-problem');
  if (problem !== null) problem.textContent = result.problem;
  form.querySelector<HTMLInputElement>(`[name=${result.field}]`)?.focus();
}
