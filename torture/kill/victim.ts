// A process that does a seed's operations on a store, says beforehand what it is going to do and afterwards what was
// acknowledged, and is killed by its parent. It ends by itself only when something is wrong.
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { open } from '../../index.ts';
import { IntentFile } from './intent.ts';
import { Issuer } from './issuer.ts';
import { optionsOf } from './operations.ts';
import { makeTopics } from './perform.ts';

/** A session is over then, lest a victim that nobody kills fills the disk. */
const MOST_OPERATIONS = 4000;

function giveUp(why: string): never {
  writeSync(2, `${why}\n`);
  process.exit(1);
}

const [location = '', intentFile = '', seedText = ''] = process.argv.slice(2);
const seed = Number(seedText);
process.on('unhandledRejection', (error) => giveUp(`unhandled: ${error instanceof Error ? error.stack : error}`));
writeSync(1, 'ready\n');
await once(process.stdin, 'data');
try {
  using intent = new IntentFile(intentFile);
  const engine = await open(location, optionsOf(seed));
  await makeTopics(engine);
  const onBurst = (operations: number) => void writeSync(1, `${operations}\n`);
  await new Issuer({ engine, intent, seed, location, onBurst, onFault: giveUp }).run(MOST_OPERATIONS);
  // Whoever has started this kills it.
  process.stdin.resume();
} catch (error) {
  giveUp(`opening: ${error instanceof Error ? error.stack : error}`);
}
