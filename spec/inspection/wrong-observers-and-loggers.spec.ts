import test from 'ava';
import { type OpenOptions, open } from '../../index.ts';
import { openEngine, tempDirectory } from '../support/engines.ts';

const BARE: unknown = Object.create(null);
/** What plain JavaScript may hand over, where a type would not let it. */
const WRONG: readonly unknown[] = [null, 0, 1n, 'console', true, Symbol('s'), {}, { next: 1 }, [], BARE, { error: () => {} }];

function refused(option: string) {
  return { code: 'LITHIFY_INVALID_ARGUMENT', instanceOf: Error, message: new RegExp(option) };
}

test('open refuses what is no observer, names the option, and leaves the directory alone', async (t) => {
  const location = await tempDirectory(t);
  for (const inspect of WRONG) {
    const error = await t.throwsAsync(open(location, { inspect } as OpenOptions), refused('inspect'));
    t.like(error, { details: { option: 'inspect' } });
  }
  const engine = await open(location, { errorIfExists: true, workers: 0 });
  await engine.close();
});

test('engine.observe refuses the same, and nothing of it stays', async (t) => {
  const engine = await openEngine(t);
  for (const observer of [...WRONG, undefined]) {
    const error = t.throws(() => engine.observe(observer as () => void), refused('observe'));
    t.like(error, { details: { option: 'inspect' } });
  }
  await engine.ask({ type: 'MinorCompact' });
  t.is(await engine.kv.get('k'), undefined);
});

test('an observer may be an object with next() and nothing else, or a class whose next() needs its this', async (t) => {
  class Counting {
    count = 0;
    next() {
      this.count++;
    }
  }
  const [early, late] = [new Counting(), new Counting()];
  const engine = await openEngine(t, { workers: 0, inspect: early });
  engine.observe(late);
  await engine.ask({ type: 'MinorCompact' });
  t.true(late.count > 0 && early.count > late.count);
});

test('open refuses a logger that lacks a method, and says which', async (t) => {
  const location = await tempDirectory(t);
  const log = () => {};
  for (const logger of [null, 0, 'pino', {}, BARE, { debug: log, info: log, warn: log }, { debug: log, info: log, warn: log, error: 1 }]) {
    const error = await t.throwsAsync(open(location, { logger } as unknown as OpenOptions), refused('logger'));
    t.like(error, { details: { option: 'logger' } });
    t.regex(error?.message ?? '', /missing: .*error/);
  }
});
