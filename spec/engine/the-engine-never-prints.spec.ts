import test from 'ava';
import { type Logger, nodeRuntime, open } from '../../index.ts';
import { eventsOf, quiet, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { runInProcess } from '../support/processes.ts';

// D36 of the seed: it logged to stdout at every flush, and nobody could turn it off.

interface Logged {
  readonly level: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

test('nothing is printed, whatever happens: work, refusals, failures, closing', async (t) => {
  const ended = await runInProcess(
    t,
    `const location = ${JSON.stringify(await tempDirectory(t))};
     const engine = await open(location, { workers: 1, memtableBytes: 4096, minorTrigger: 1 });
     for (let i = 0; i < 300; i++) await engine.kv.put('k' + i % 50, 'v'.repeat(100));
     const refused = [];
     const note = (error) => refused.push(error.code);
     await open(location).catch(note);
     await engine.ask({ type: 'DeleteBlob', blobId: -1 }).catch(note);
     await engine.ask({ type: 'MinorCompact', memtable: 1e6 }).catch(note);
     await engine.kv.put('k', 'v'.repeat(10_000)).catch(note);
     engine.tell({ type: 'MajorCompaction' });
     const unheard = engine.ask({ type: 'MajorCompaction' }, { signal: AbortSignal.abort() });
     await unheard.catch(note);
     await engine.ask({ type: 'Shutdown', deadlineMs: 0 });
     await engine.kv.get('k').catch(note);
     process.exitCode = refused.length;`,
  );
  t.deepEqual(ended, { code: 6, stdout: '', stderr: '' });
});

test('a logger is told everything that events$ tells, failures as warnings with their error in a sentence', async (t) => {
  const faults = Faults.create();
  const { logger, logged } = recorder();
  const engine = await open(await tempDirectory(t), {
    ...TINY,
    compactors: 1,
    workers: 1,
    logger,
    runtime: nodeRuntime({ startThread: faults.start }),
  });
  const events = eventsOf(engine);
  t.like(logged[0], { level: 'info', details: { type: 'opened' } });
  await engine.kv.put('k', 'v');
  faults.fail('flush', 'refused');
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }));
  await quiet(engine);
  await engine.ask({ type: 'MajorCompaction' });
  await engine.close();
  const afterOpening = (type: unknown) => type !== 'opened';
  t.deepEqual(logged.map(({ details }) => details.type).filter(afterOpening), events.map(({ type }) => type).filter(afterOpening));
  const types = new Set(events.map(({ type }) => type));
  for (const type of [
    'memtableSealed',
    'jobStarted',
    'jobSettled',
    'compacted',
    'replied',
    'workerStarted',
    'backingOff',
    'closed',
  ] as const)
    t.true(types.has(type), type);
  const warnings = logged.filter(({ level }) => level === 'warn');
  t.true(warnings.length > 0);
  t.true(warnings.every(({ details, message }) => details.err instanceof Error && message.includes(details.err.message)));
  t.deepEqual(
    logged.filter(({ level }) => level === 'error'),
    [],
  );
});

function recorder(): { logger: Logger; logged: Logged[] } {
  const logged: Logged[] = [];
  const at = (level: string) => (details: object, message: string) =>
    void logged.push({ level, message, details: details as Logged['details'] });
  return { logged, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}
