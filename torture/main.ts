import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { ATTACKS } from './attacks.ts';
import { Broken, campaign, type Tally } from './campaign.ts';

interface Given {
  readonly minutes: number;
  readonly seed: number;
  readonly rounds?: number;
  readonly only?: readonly string[];
}

/** `npm run torture`. Exit code: 0 all promises held, 1 one was broken, 2 wrong usage. */
async function main(): Promise<number> {
  const { minutes, seed, rounds, only } = given();
  const end = performance.now() + minutes * 60_000;
  const attacks = ATTACKS.filter(({ name }) => only?.includes(name) ?? true);
  process.stdout.write(`Seeds from ${seed}; ${attacks.map(({ name }) => name).join(', ')}.\n`);
  try {
    const tallies = await campaign({
      ...{ attacks, seed, now: () => performance.now(), isOver: () => performance.now() > end, onRound: progress() },
      ...(rounds !== undefined && { rounds }),
    });
    process.stdout.write(`\n${tallies.map(lineOf).join('\n')}\nAll promises held.\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const again = `npm run torture -- --only '${error.attack}' --seed ${error.seed} --rounds 1`;
    process.stderr.write(`\nBROKEN: ${error.message}\n${stackOf(error.cause)}\nRepeat it with: ${again}\n`);
    return 1;
  }
}

function given(): Given {
  const names = ATTACKS.map(({ name }) => name);
  const command = new Command('torture')
    .description('Attacks lithify from all sides, until the time is over or a promise is broken (docs/trust.md).')
    .option('--minutes <n>', 'how long', positive, 1)
    .option('--seed <n>', "the first round's; default: any", whole, randomInt(2 ** 31))
    .option('--rounds <n>', 'so many of each attack, however long they take', whole)
    .option('--only <names>', `some of: ${names.join(', ')}`, (text) => knownNames(text, names))
    .showHelpAfterError()
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  return command.parse().opts<Given>();
}

function knownNames(text: string, names: readonly string[]): string[] {
  const wanted = text.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no attack '${unknown}'.`);
  return wanted;
}

function positive(text: string): number {
  if (!(Number(text) > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return Number(text);
}

function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0.');
  return Number(text);
}

/** A line a second at most. */
function progress(): (tally: Tally) => void {
  let last = performance.now();
  return (tally) => {
    if (performance.now() - last < 1000) return;
    last = performance.now();
    process.stdout.write(`${lineOf(tally)}\n`);
  };
}

function lineOf({ attack, rounds, ms, counts }: Tally): string {
  const counted = [...counts].map(([name, count]) => `${count.toLocaleString('en')} ${name}`).join(', ');
  return `${attack.name}: ${rounds} rounds in ${Math.round(ms / 1000)} s; ${counted}`;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return `${error.stack ?? error.message}${error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`}`;
}

process.exitCode = await main();
