import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One field of an interface, with the fields around it before its name. */
export interface Field {
  readonly name: string;
  /** Is a docstring above it, or does it have one value only, which says all? */
  readonly isTold: boolean;
}

/** Every field of every interface that a module gives to others, its own or another module's. */
export function exportedFields(file: string): Field[] {
  return exported(file, () => true).flatMap(({ name, source }) => fieldsOf(source, name));
}

interface Exported {
  readonly name: string;
  readonly source: string;
}

const EXPORT = /^export (?:type )?(?:(?<all>\*)|\{(?<names>[^}]*)\}) from '(?<from>\.[^']+)'/gms;

/** Interfaces by where they stand; what is no interface comes to nothing. */
function exported(file: string, isWanted: (name: string) => boolean): Exported[] {
  const source = readFileSync(file, 'utf8');
  const own = [...source.matchAll(/^export interface (\w+)/gm)].map(([, name = '']) => name).filter(isWanted);
  const others = [...source.matchAll(EXPORT)].flatMap(({ groups = {} }) => {
    const { all, names = '', from = '' } = groups;
    const listed = new Set([...names.matchAll(/\w+/g)].map(([name]) => name));
    return exported(join(dirname(file), from), (name) => isWanted(name) && (all !== undefined || listed.has(name)));
  });
  return [...own.map((name) => ({ name, source })), ...others];
}

const MEMBER = /^(?<indent> +)(?:readonly )?(?<name>\w+)\??(?<rest>[:(<].*[;{|])$/;
const ONE_VALUE = /^: ('[^']*'|\d+|true|false);$/;

/** The formatter gives every member a line of its own, but for those of an object type that fits on one: these have no docstring. */
export function fieldsOf(source: string, name: string): Field[] {
  const [, body = ''] = new RegExp(`^(?:export )?interface ${name}\\b.*?\\{\\n(.*?)^\\}`, 'ms').exec(source) ?? [];
  const lines = body.split('\n');
  const path = [name];
  return lines.flatMap((line, at) => {
    const { indent = '', name: member = '', rest = '' } = MEMBER.exec(line)?.groups ?? {};
    if (member === '') return [];
    path.splice(indent.length / 2, path.length, member);
    const isTold = lines[at - 1]?.endsWith('*/') === true || ONE_VALUE.test(rest);
    return [{ name: path.join('.'), isTold }, ...inOneLine(rest).map((inner) => ({ name: `${path.join('.')}.${inner}`, isTold: false }))];
  });
}

/** Fields of objects in a member's own line, but for those of what it is called with. */
function inOneLine(type: string): string[] {
  let bare = type;
  for (let before = ''; before !== bare; ) [before, bare] = [bare, bare.replace(/\([^()]*\)/g, '')];
  return [...bare.matchAll(/[{;] (?:readonly )?(\w+)\??:/g)].map(([, field = '']) => field);
}
