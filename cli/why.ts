import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Engine } from '../index.ts';
import { visibleText } from './format.ts';
import { KEY_FORM, messageKeyOf } from './key.ts';
import { type DataOptions, dbOption, jsonOption, wholeNumber } from './options.ts';
import { print } from './output.ts';
import { EXISTING, withEngine } from './with-engine.ts';

interface WhyOptions extends DataOptions {
  readonly blob?: number;
  readonly range?: readonly Key[] | true;
  readonly waiting?: boolean;
}

type Key = ReturnType<typeof messageKeyOf>;
type Explanation = ReturnType<Engine['why']['waiting']>;
type Reason = Explanation['reasons'][number];

const HELP = `
This opens the store, so it tells what is on disk. Who holds snapshots, who waits, and what has failed is known only to the
process that has the store open: ask engine.why there, or its page (lithify inspect).`;

export function registerWhy(program: Command): void {
  const command = program
    .command('why')
    .description('explain why a blob is on disk, why keys are not compacted, or who waits')
    .addOption(
      new Option('--blob <id>', 'why is this blob on disk?')
        .argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER))
        .conflicts(['range', 'waiting']),
    )
    .addOption(
      new Option('--range [keys...]', `why does nothing compact the keys (${KEY_FORM}) from the first to before the second ('': open)?`)
        .argParser(keyPair)
        .conflicts(['blob', 'waiting']),
    )
    .addOption(new Option('--waiting', 'who waits for what?').conflicts(['blob', 'range']))
    .addOption(dbOption())
    .addOption(jsonOption('print the explanation as JSON'))
    .addHelpText('after', HELP)
    .action((options: WhyOptions) => {
      const { blob, range, waiting, db, json } = options;
      if (blob === undefined && range === undefined && !waiting) return command.error("error: say '--blob <id>', '--range' or '--waiting'");
      return withEngine(db, EXISTING, async ({ why }) => {
        const explained = ask(why, options);
        await print(json ? JSON.stringify(explained) : textOf(explained));
      });
    });
}

function ask(why: Engine['why'], { blob, range }: WhyOptions): Explanation {
  if (blob !== undefined) return why.onDisk(blob);
  if (range === undefined) return why.waiting();
  const [gte = '', lt = ''] = range === true ? [] : range;
  return why.notCompacted({ ...(gte !== '' && { gte }), ...(lt !== '' && { lt }) });
}

/** The sentence, then every reason under the one that it is behind. */
function textOf({ sentence, reasons }: Explanation): string {
  return [visibleText(sentence), ...reasons.flatMap((one) => linesOf(one, 1))].join('\n');
}

function linesOf({ code, sentence, because = [], remedy }: Reason, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const help = remedy === undefined ? [] : [`${indent}  → ${visibleText(remedy)}`];
  return [`${indent}${code}: ${visibleText(sentence)}`, ...help, ...because.flatMap((one) => linesOf(one, depth + 1))];
}

function keyPair(key: string, before: readonly Key[] | undefined): readonly Key[] {
  const keys = [...(before ?? []), messageKeyOf(key)];
  if (keys.length > 2) throw new InvalidArgumentError('A range has two keys at most.');
  return keys;
}
