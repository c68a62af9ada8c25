import test from 'ava';
import { tempDirectory } from '../support/engines.ts';
import { runInProcess } from '../support/processes.ts';

// D32 of the seed: two threads stayed for every database, also when nobody had it any more. (An engine that is forgotten:
// spec/messages/a-forgotten-close.spec.ts.)

test('after close nothing of an engine is left in the process: no thread, no timer, no port, no lock', async (t) => {
  const ended = await runInProcess(
    t,
    `// Threads make Node open these two.
     const outputs = [process.stdout, process.stderr];
     const before = process.getActiveResourcesInfo().sort();
     const engine = await open(${JSON.stringify(await tempDirectory(t))}, { workers: 2 });
     await engine.kv.put('k', 'v');
     await engine.ask({ type: 'MajorCompaction' });
     engine.kv.iterator();
     await engine.close();
     const after = process.getActiveResourcesInfo().sort();
     const { held } = await navigator.locks.query();
     console.log(String(after) === String(before) && held.length === 0 ? 'done' : before + ' became ' + after);`,
  );
  t.deepEqual(ended, { code: 0, stdout: 'done\n', stderr: '' });
});

test('engines that are opened and dropped in a row do not keep each other or the process', async (t) => {
  const directories = [await tempDirectory(t), await tempDirectory(t), await tempDirectory(t)];
  const ended = await runInProcess(
    t,
    `for (const location of ${JSON.stringify(directories)}) {
       const engine = await open(location, { workers: 1 });
       await engine.kv.put('k', 'v');
       await engine.ask({ type: 'MinorCompact' });
       engine.kv.iterator();
     }
     console.log('done');`,
  );
  t.deepEqual(ended, { code: 0, stdout: 'done\n', stderr: '' });
});
