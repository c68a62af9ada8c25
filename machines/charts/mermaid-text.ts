/** Everything else becomes an entity code. (`*` and `_` are marks of Markdown, which Mermaid reads too; `_` is none within a word.) */
const UNSAFE = /[^\p{L}\p{N} _.,/[\]()!?=+'&|-]|&(?=#?\w+;)/gu;
/** A list in Markdown, and the two shapes that Mermaid writes in brackets. */
const LISTS_AND_SHAPES = /^[-+]|(?<=^\d+)[.)]|\[(?=\[)/g;
/** `direction TB` is a statement wherever it stands; space at an end would be taken away. */
const TELLING_SPACE = /^ | $|(?<=direction) +(?=tb|bt|rl|lr)/gi;

/**
 * Text as a Mermaid label can hold it: entity codes are taken out before Mermaid looks for words of its own, and drawn as what
 * they stand for.
 */
export function mermaidLabel(text: string): string {
  return [UNSAFE, LISTS_AND_SHAPES, TELLING_SPACE].reduce((label, harmful) => label.replaceAll(harmful, codeOf), text) || codeOf(' ');
}

function codeOf(characters: string): string {
  return [...characters].map((character) => `#${character.codePointAt(0)};`).join('');
}

/** Words that mean something to Mermaid where a state's name can stand; `_start` and `_end` are how it names its own dots. */
const TAKEN =
  /^(?:default|scale|acctitle|accdescr|classdef|class|click|style|state|statediagram|note|direction|root|end|hide|as)$|_(?:start|end)$/i;

/** For each wanted name one that Mermaid can read, and that is nobody else's. */
export function mermaidNames(wanted: readonly string[]): string[] {
  const used = new Set<string>();
  return wanted.map((one) => {
    let name = one.replaceAll('.', '__').replaceAll(/\W/g, '_');
    while (name === '' || used.has(name.toLowerCase()) || TAKEN.test(name)) name += '_';
    used.add(name.toLowerCase());
    return name;
  });
}
