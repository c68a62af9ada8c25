import type { LithifyError } from '../../../protocol/errors.ts';
import type { Explanation, Reason, ReasonCode } from '../../../protocol/why.ts';
import { withCapital, withoutCapital, withoutStop } from './words.ts';

type Details = Reason['details'];

/** What is absent is left out, so that a reason is the same after JSON. */
export function reason(
  code: ReasonCode,
  sentence: string,
  details: Readonly<Record<string, Details[string] | undefined>> = {},
  rest: { readonly because?: readonly Reason[]; readonly remedy?: string } = {},
): Reason {
  const { because = [], remedy } = rest;
  const known = Object.entries(details).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return {
    code,
    sentence: withoutStop(withCapital(sentence)),
    details: Object.fromEntries(known),
    ...(because.length > 0 && { because }),
    ...(remedy !== undefined && { remedy }),
  };
}

/** How an error is told in details. */
export function errorDetails({ code, message }: LithifyError): { errorCode: string; error: string } {
  return { errorCode: code, error: message };
}

/** `nothing`: what to say where there is no reason; whole sentences. */
export function explanation(question: string, reasons: readonly Reason[], nothing: string): Explanation {
  const told = new Set<string>();
  const clauses: Clause[] = [];
  let tellings = 0;
  for (const one of reasons) {
    if (tellings === MOST_TOLD) break;
    if (told.has(one.sentence)) continue;
    clauses.push(...clausesOf(one, 'begins', told));
    tellings++;
  }
  const left = reasons.filter(({ sentence }) => !told.has(sentence)).length;
  const more = left === 0 ? [] : [`There ${left === 1 ? 'is 1 more reason' : `are ${left} more reasons`}.`];
  return { question, sentence: reasons.length === 0 ? nothing : [...sentencesOf(clauses), ...more].join(' '), reasons };
}

/** A sentence of a hundred reasons is read by nobody; all of them are in the data. */
const MOST_TOLD = 5;
const MOST_CAUSES_TOLD = 3;

/** What stands behind these says more of the same: how, where, of what. It is no cause, and 'because' would be wrong. */
const TOLD_ON: ReadonlySet<ReasonCode> = new Set([
  ...(['live-in-level', 'live-in-minors', 'output-of-work', 'garbage-goes-first', 'writers-slowed', 'order-is-gathered'] as const),
  ...(['work-runs', 'work-unnoticed', 'log-compaction-runs', 'mailbox-full', 'no-free-compactor'] as const),
  ...(['one-at-a-time', 'after-another'] as const),
]);

/** What is said of one reason, and how it goes on from what is said before it. */
interface Clause {
  readonly text: string;
  readonly link: 'begins' | 'because' | 'also';
}

/** A reason and what is behind it. What was `told` is not told again. */
function clausesOf({ code, sentence, because = [] }: Reason, link: Clause['link'], told: Set<string>): Clause[] {
  told.add(sentence);
  const clauses: Clause[] = [{ text: sentence, link }];
  let causes = 0;
  for (const cause of because) {
    if (causes === MOST_CAUSES_TOLD) break;
    if (told.has(cause.sentence)) continue;
    clauses.push(...clausesOf(cause, TOLD_ON.has(code) ? 'begins' : causes === 0 ? 'because' : 'also', told));
    causes++;
  }
  return clauses;
}

/** 'It is a, because it is b. That is because it is c. Also, it is d.' One 'because' a sentence is as much as can be read. */
function sentencesOf(clauses: readonly Clause[]): string[] {
  const sentences: string[] = [];
  for (const [index, { text, link }] of clauses.entries()) {
    if (link === 'begins') sentences.push(text);
    else if (link === 'also') sentences.push(`Also, ${withoutCapital(text)}`);
    else if (clauses[index - 1]?.link === 'because') sentences.push(`That is because ${withoutCapital(text)}`);
    else sentences.push(`${sentences.pop() ?? ''}, because ${withoutCapital(text)}`);
  }
  return sentences.map((sentence) => `${sentence}.`);
}
