/**
 * A strict reader of the part of Mermaid's `stateDiagram-v2` that is written here; it takes less than Mermaid does. (Source:
 * mermaid, packages/mermaid/src/diagrams/state/parser/stateDiagram.jison.)
 */
export interface MermaidState {
  readonly id: string;
  readonly label: string;
  readonly lines: string[];
  readonly isComposite: boolean;
  readonly states: MermaidState[];
  readonly arrows: MermaidArrow[];
}

export interface MermaidArrow {
  readonly from: string;
  readonly to: string;
  readonly label: string | undefined;
}

/** Before it reads, Mermaid puts marks in the place of entity codes. */
const ENTITY = /#(\w+);/g;
/** What ends a label, opens a comment, or means something else wherever it stands. */
const HARMFUL = /[:;\n\r#%{}"<>]|\[\[\w+]]|direction\s+(?:TB|BT|RL|LR)/i;
/** Keywords that are looked for where a statement begins; the lexer does not care for case. */
const KEYWORD = /^(?:default|scale|note|class|classDef|state|stateDiagram|accTitle|accDescr|click|style|direction|hide)$/i;
const DOT = '[*]';

export function parsed(diagram: string): MermaidState {
  const [head, ...lines] = diagram.split('\n');
  if (head !== 'stateDiagram-v2' || lines.length === 0) throw new SyntaxError(`The diagram begins with ${head}, and nothing follows.`);
  const root: MermaidState = { id: '', label: '', lines: [], isComposite: true, states: [], arrows: [] };
  const known = new Map<string, MermaidState>();
  const open = [root];
  for (const line of lines) readLine(line.trim(), open, known);
  if (open.length !== 1) throw new SyntaxError('A state is not closed.');
  return root;
}

function readLine(line: string, open: MermaidState[], known: Map<string, MermaidState>): void {
  const inner = open[open.length - 1];
  const state = /^state "([^"]*)" as (\w+)( \{)?$/.exec(line);
  const arrow = /^(\S+) --> (\S+)(?: : (.*))?$/.exec(line);
  const described = /^(\w+) : (.*)$/.exec(line);
  if (line === '}') open.pop();
  else if (state !== null) declare(state, inner, open, known);
  else if (arrow !== null) inner.arrows.push(...arrowsOf(arrow, known));
  else if (described !== null) stateNamed(described[1], known).lines.push(labelOf(described[2]));
  else throw new SyntaxError(`Nobody can read ${JSON.stringify(line)}.`);
  if (open.length === 0) throw new SyntaxError('More is closed than was opened.');
}

function declare([, label, id, brace]: RegExpExecArray, inner: MermaidState, open: MermaidState[], known: Map<string, MermaidState>): void {
  if (KEYWORD.test(id) || /_(?:start|end)$/.test(id)) throw new SyntaxError(`${id} is a word of Mermaid's own.`);
  if (known.has(id)) throw new SyntaxError(`There are two states ${id}.`);
  const state = { id, label: labelOf(label), lines: [], isComposite: brace !== undefined, states: [], arrows: [] };
  known.set(id, state);
  inner.states.push(state);
  if (brace !== undefined) open.push(state);
}

/** A state that is first met in an arrow would be another state, where the arrow is; of its own dots Mermaid knows. */
function arrowsOf([, from, to, label]: RegExpExecArray, known: ReadonlyMap<string, MermaidState>): MermaidArrow[] {
  for (const end of [from, to]) if (end !== DOT) stateNamed(end, known);
  if (label === undefined) return [{ from, to, label }];
  return label.split('<br/>').map((line) => ({ from, to, label: labelOf(line) }));
}

function stateNamed(id: string, known: ReadonlyMap<string, MermaidState>): MermaidState {
  const state = known.get(id);
  if (state === undefined) throw new SyntaxError(`There is no state ${id}.`);
  return state;
}

function labelOf(text: string): string {
  const entities: string[] = [];
  const marked = text.replaceAll(ENTITY, (_, code) => `\u{fb02}${entities.push(code) - 1}\u{b6}`);
  if (marked.trim() !== marked || marked === '' || HARMFUL.test(marked)) throw new SyntaxError(`No label: ${JSON.stringify(text)}.`);
  return marked.replaceAll(/\u{fb02}(\d+)\u{b6}/gu, (_, n) => String.fromCodePoint(Number(entities[n])));
}
