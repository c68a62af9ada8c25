import { html, nothing, svg, type TemplateResult } from 'lit-html';
import { jsonText } from '../model/json-text.ts';

/** Small things that several views are made of. */
export type View = TemplateResult | typeof nothing;

/** A share as a bar; `label` says it for who does not see it. */
export function bar(share: number, label: string, tone = ''): TemplateResult {
  return html`<svg class="bar ${tone}" role="img" aria-label=${label}>
    <rect class="bar-ground" width="100%" height="100%"></rect>${svg`<rect class="bar-fill" width=${percent(share)} height="100%"></rect>`}
  </svg>`;
}

export function percent(share: number): string {
  return `${Math.round(10_000 * Math.max(0, Math.min(1, share))) / 100}%`;
}

/** Names and what they are; what is undefined is left out. */
export function facts(entries: readonly (readonly [name: string, value: unknown])[]): TemplateResult {
  return html`<dl class="facts">
    ${entries.filter(([, value]) => value !== undefined).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

/** Anything that came as data, as text. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

export function jsonBlock(value: unknown): TemplateResult {
  return html`<pre class="json" tabindex="0">${jsonText(value)}</pre>`;
}

export function chip(text: string, tone = ''): TemplateResult {
  return html`<span class="chip ${tone}">${text}</span>`;
}

export function empty(text: string): TemplateResult {
  return html`<p class="empty">${text}</p>`;
}

export function when(condition: boolean, view: () => View): View {
  return condition ? view() : nothing;
}
