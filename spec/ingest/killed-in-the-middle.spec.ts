import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test, { type ExecutionContext } from 'ava';
import { type Engine, open } from '../../index.ts';
import { contentOf, eventsOf, TINY, tempDirectory } from '../support/engines.ts';
import { startScript } from '../support/processes.ts';
import { assertNothingLeft, atRest } from './support.ts';

/** A process that ingests and says where it is; `tail` runs when 2,000 pairs have been given. */
function ingesting(t: ExecutionContext, directory: string, tail: string) {
  return startScript(
    t,
    `const engine = await open(${JSON.stringify(directory)}, ${JSON.stringify(TINY)});
     await engine.kv.put('kept', 'value');
     async function* pairs() {
       for (let i = 0; i < 2000; i++) yield ['p' + String(i).padStart(5, '0'), 'value ' + i];
       ${tail}
     }
     await engine.kv.ingest(pairs());
     console.log('done');
     process.stdin.resume();`,
  );
}

async function killedAt(t: ExecutionContext, directory: string, line: string, tail: string): Promise<Engine> {
  const child = ingesting(t, directory, tail);
  if (child.stdout === null) throw new Error('no output');
  for await (const said of createInterface(child.stdout)) if (said === line) break;
  child.kill('SIGKILL');
  await once(child, 'close');
  return open(directory, TINY);
}

test('a process killed in the midst of an ingest leaves nothing of it, and the next opening sweeps what it had written', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await killedAt(
    t,
    directory,
    'waiting',
    `console.log('waiting'); await new Promise((resolve) => setTimeout(resolve, 1e6));`,
  );
  const [opened] = eventsOf(engine);
  t.true(opened.type === 'opened' && opened.sweptBlobs > 3);
  t.deepEqual(await contentOf(engine), [['kept', 'value']]);
  await atRest(engine);
  await assertNothingLeft(t, engine, directory);
});

test('a process killed behind an ingest leaves all of it, and the log is replayed onto it', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await killedAt(t, directory, 'done', '');
  t.is((await contentOf(engine)).length, 2001);
  t.is(await engine.kv.get('p01999'), 'value 1999');
  await engine.kv.put('p01999', 'newer');
  t.is(await engine.kv.get('p01999'), 'newer');
  t.deepEqual((await engine.verify()).damage, []);
  await atRest(engine);
  await assertNothingLeft(t, engine, directory);
});
