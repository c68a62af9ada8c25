import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { open } from '../../index.ts';
import { quiet, tempDirectory } from '../support/engines.ts';
import { BUSY, lineOf, TOPICS } from './support/busy-topics.ts';
import { recordsOf } from './support/topics.ts';

// D10 and D3 of the seed: acknowledged before it was anywhere; and a restart after a kill put old files in place of new ones.

const SCRIPT = fileURLToPath(new URL('./support/busy-topics.ts', import.meta.url));

for (const lines of [40, 300, 900]) {
  test(`killed after ${lines} acknowledgements, with threads at work, it has all that was acknowledged, and goes on`, async (t) => {
    const directory = await tempDirectory(t);
    const said = await killedAfter(t, directory, lines);
    const engine = await open(directory, BUSY);
    const found = new Set<string>();
    for (const name of TOPICS) for (const record of await recordsOf(engine.topic(name))) found.add(lineOf(record));
    const missing = said.filter((line) => !found.has(line) && !line.startsWith('group '));
    t.deepEqual(missing, [], `of ${said.length}`);
    const committed = Number(said.findLast((line) => line.startsWith('group '))?.split(' ')[1] ?? -1);
    t.true((engine.topic('a').groups()[0]?.committed ?? -1) >= committed);
    for (const name of TOPICS) {
      const topic = engine.topic(name);
      const next = topic.offsets()?.next ?? 0;
      t.is(await topic.produce({ key: 0n, value: 'after' }), next);
    }
    await quiet(engine);
    t.deepEqual((await engine.verify()).damage, []);
    await engine.close();
  });
}

/** What the process said that it had acknowledged. */
async function killedAfter(t: ExecutionContext, directory: string, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--conditions=lithify-source', SCRIPT, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const said: string[] = [];
  const output = createInterface(child.stdout);
  output.on('line', (line) => {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  });
  await Promise.all([once(child, 'exit'), once(output, 'close')]);
  // The last line may be torn.
  return said.slice(0, -1);
}
