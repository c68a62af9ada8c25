import test from 'ava';
import { contentOf, openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { runInProcess } from '../support/processes.ts';

// D32 of the seed: a database that was dropped without close kept its threads for ever. Here each script must end by itself.

const DONE = { code: 0, stdout: 'done\n', stderr: '' };

test('a process that never closes its engines ends by itself, and what it was told is durable', async (t) => {
  const [first, second] = [await tempDirectory(t), await tempDirectory(t)];
  const ended = await runInProcess(
    t,
    `for (const location of ${JSON.stringify([first, second])}) {
       const engine = await open(location, { workers: 2 });
       await engine.kv.put('k', 'v');
       // Threads have been started, and wait for more.
       await engine.ask({ type: 'MajorCompaction' });
       await engine.kv.put('l', 'w');
       engine.kv.iterator();
     }
     console.log('done');`,
  );
  t.deepEqual(ended, DONE);
  for (const directory of [first, second]) {
    t.deepEqual(await contentOf(await openEngine(t, TINY, directory)), [
      ['k', 'v'],
      ['l', 'w'],
    ]);
  }
});

test('work that nobody waits for does not hold the process either', async (t) => {
  const directory = await tempDirectory(t);
  const ended = await runInProcess(
    t,
    `const engine = await open(${JSON.stringify(directory)}, { workers: 1, memtableBytes: 4096, minorTrigger: 1 });
     for (let i = 0; i < 200; i++) await engine.kv.put('k' + i, 'v'.repeat(100));
     engine.tell({ type: 'MajorCompaction' });
     console.log('done');`,
  );
  t.deepEqual(ended, DONE);
  t.is((await contentOf(await openEngine(t, TINY, directory))).length, 200);
});

test('what somebody waits for is finished first', async (t) => {
  const directory = await tempDirectory(t);
  const ended = await runInProcess(
    t,
    `const engine = await open(${JSON.stringify(directory)}, { workers: 1 });
     await engine.kv.put('k', 'v');
     // Not awaited: only the engine keeps the process now.
     engine.ask({ type: 'MajorCompaction' }).then(({ compacted }) => console.log(compacted ? 'done' : 'not done'));`,
  );
  t.deepEqual(ended, DONE);
});

test('after close nothing of the engine is left: no thread, no timer, no port', async (t) => {
  const ended = await runInProcess(
    t,
    `// Threads make Node open these two.
     const outputs = [process.stdout, process.stderr];
     const before = process.getActiveResourcesInfo().sort();
     const engine = await open(${JSON.stringify(await tempDirectory(t))}, { workers: 2 });
     await engine.kv.put('k', 'v');
     await engine.ask({ type: 'MajorCompaction' });
     await engine.close();
     const after = process.getActiveResourcesInfo().sort();
     console.log(String(after) === String(before) ? 'done' : String(before) + ' became ' + after);`,
  );
  t.deepEqual(ended, DONE);
});
