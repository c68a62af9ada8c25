import test from 'ava';
import { keyBasedRetention, type Logger, open, type Strategy } from '../../index.ts';
import { eventsOf, TINY, tempDirectory } from '../support/engines.ts';
import { ofType } from '../support/next-event.ts';
import { runInProcess } from '../support/processes.ts';
import { records } from './support/topics.ts';

// D20, D21 and D35 of the seed: its whole compaction map in the debug log at every transition, and of damage a line at the finest level, or
// none, or one that said that a subscription had been ended which went on.

test('nothing is printed, whatever happens: work, passes, refusals, a broken strategy, subscribers that are ended, closing', async (t) => {
  const ended = await runInProcess(
    t,
    `import { keyBasedRetention } from ${JSON.stringify(new URL('../../index.ts', import.meta.url).href)};
     const engine = await open(${JSON.stringify(await tempDirectory(t))}, { workers: 1, memtableBytes: 16384, durability: 'os' });
     const compaction = { strategy: keyBasedRetention(20), compactionThreshold: 1000, minDirtyRatio: 0 };
     const topic = engine.topic('topic', { compaction });
     for (let i = 0; i < 300; i++) await topic.produce({ key: BigInt(i % 50), value: 'v'.repeat(100) });
     await topic.compact();
     const refused = [];
     const note = (error) => refused.push(error.code);
     await topic.produce({ key: -1n, value: '' }).catch(note);
     await topic.commit('group', 1000).catch(note);
     await engine.topic('plain').compact().catch(note);
     const broken = { init() { throw new Error('out of order'); }, reduce: () => false, collect: () => new Map() };
     const other = engine.topic('other', { compaction: { ...compaction, strategy: broken } });
     await other.produce({ key: 1n, value: 'v' });
     await other.compact().catch(note);
     const abandoned = topic.subscribe({ from: 'end' });
     abandoned.next().catch(note);
     topic.records$().subscribe({ error: note });
     await topic.drop();
     await engine.close();
     await topic.produce({ key: 1n, value: 'v' }).catch(note);
     process.exitCode = refused.length;`,
  );
  t.deepEqual(ended, { code: 7, stdout: '', stderr: '' });
});

test('a logger is told of every run what it did in numbers, and of a failed one why; never what a strategy holds', async (t) => {
  const logged: { level: string; message: string; details: object }[] = [];
  const at = (level: string) => (details: object, message: string) => void logged.push({ level, message, details });
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const engine = await open(await tempDirectory(t), { ...TINY, logger });
  const events = eventsOf(engine);
  const topic = engine.topic('topic', { compaction: { strategy: keyBasedRetention(2_000) } });
  await topic.produceMany(records(2_000));
  await topic.compact();
  const broken: Strategy<null> = {
    init: () => {
      throw new Error('out of order');
    },
    reduce: () => false,
    collect: () => new Map(),
  };
  topic.register({ strategy: broken });
  await t.throwsAsync(topic.compact());
  await engine.close();
  const said = (type: string) => logged.filter(({ details }) => 'type' in details && details.type === type);
  for (const type of ['logCompactionStarted', 'logPass', 'logCompacted', 'logCompactionFailed'] as const) {
    t.is(said(type).length, ofType(events, type).length, type);
    t.true(said(type).every(({ details }) => JSON.stringify(details).length < 2_000));
  }
  const [failed] = said('logCompactionFailed');
  t.like(failed, { level: 'warn', details: { topic: 'topic', partition: 0 } });
  t.regex(failed?.message ?? '', /out of order/);
});
