import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import type { Engine } from '../../index.ts';
import { freshDirectory } from '../support/cli.ts';
import { openEngine } from '../support/engines.ts';
import { inspectedAs } from './support/inspected.ts';
import { Looker } from './support/looker.ts';

/** An engine that counts who asks it for what. */
function counted(engine: Engine): { calls: string[]; instead: Partial<Engine> } {
  const calls: string[] = [];
  const names = ['stats', 'actors', 'shape', 'topics', 'topic'] as const;
  const counting = names.map((name) => [
    name,
    (...given: unknown[]) => {
      calls.push(name);
      return Reflect.apply(engine[name], engine, given);
    },
  ]);
  return { calls, instead: Object.fromEntries(counting) };
}

/** As many turns of the loop as writing takes. */
async function workFor(engine: Engine, writes: number): Promise<void> {
  for (let at = 0; at < writes; at++) await engine.kv.put(`${at}`, 'x');
}

test('without a page the engine is asked for nothing', async (t) => {
  const engine = await openEngine(t);
  const { calls, instead } = counted(engine);
  await inspectedAs(t, engine, instead);
  t.deepEqual(calls, ['stats'], 'whether it is open');
  await workFor(engine, 500);
  t.deepEqual(calls, ['stats']);
});

test('when the last page goes, the looking ends, and a new one begins with the whole picture', async (t) => {
  const engine = await openEngine(t);
  const { calls, instead } = counted(engine);
  const { url } = await inspectedAs(t, engine, instead);
  const [one, two] = [await Looker.open(t, url), await Looker.open(t, url)];
  await Promise.all([one.frame(), two.frame()]);
  one.leave();
  await two.frame();
  await two.frame();
  two.leave();
  await workFor(engine, 50);
  const before = calls.length;
  await workFor(engine, 500);
  t.is(calls.length, before);
  const three = await (await Looker.open(t, url)).frame();
  t.deepEqual(
    ['actors', 'shape', 'topics', 'topicsLeftOut'].filter((name) => !(name in three)),
    [],
  );
});

test('an application that forgets to close its page ends all the same', async (t) => {
  const directory = await freshDirectory(t);
  const program = `
    import { get } from 'node:http';
    import { once } from 'node:events';
    import { open } from ${JSON.stringify(new URL('../../index.ts', import.meta.url).href)};
    // If something holds it, it shall say so, and not stay.
    setTimeout(() => process.exit(3), 20_000).unref();
    const engine = await open(${JSON.stringify(directory)});
    const { url } = await engine.inspect();
    const [response] = await once(get(url + 'events'), 'response');
    await once(response, 'data');
    console.log('seen');
    // From here on only the page's own side could hold the process.
    response.socket.unref();`;
  const child = spawn(process.execPath, ['--conditions=lithify-source', '--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'exit');
  t.deepEqual([code, said], [0, 'seen\n']);
});
