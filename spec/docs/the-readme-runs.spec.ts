import test from 'ava';
import { tempDirectory } from '../support/engines.ts';
import { codeBlocks, runPasted, sampleWith, whilePasted } from './support/samples.ts';

test('the first program of the README works when pasted', async (t) => {
  const [program] = codeBlocks('ts');
  t.truthy(program, 'there is a TypeScript block');
  const { stdout } = await runPasted(program ?? '', await tempDirectory(t));
  t.regex(stdout, /^2\d °C$/m);
  t.regex(stdout, /^100 entries in 1 table$/m);
  t.regex(stdout, /^sensor:90 2\d °C\nsensor:91 2\d °C\nsensor:92 2\d °C$/m);
  t.regex(stdout, /^flush: /m);
});

test('so does the one that serves the page', async (t) => {
  const status = await whilePasted(sampleWith('engine.inspect()'), await tempDirectory(t), async (line) => {
    t.regex(line, /^Open http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/$/);
    const response = await fetch(line.slice('Open '.length));
    t.regex(await response.text(), /^<!doctype html>/i);
    return response.status;
  });
  t.is(status, 200);
});

test('so does the one that asks why', async (t) => {
  const { stdout } = await runPasted(sampleWith('engine.why'), await tempDirectory(t));
  t.regex(stdout, /snapshot/);
  t.is(stdout.trim().split('\n').length, 2);
});

test('so does the program in the place of level', async (t) => {
  const { stdout } = await runPasted(sampleWith("// was: from 'level'"), await tempDirectory(t));
  t.regex(stdout, /^\{ celsius: 21 \} undefined$/m);
  t.regex(stdout, /count: 0/);
});

test('so does the one about actors', async (t) => {
  const cwd = await tempDirectory(t);
  for (const [paid, revision] of [
    [30, 2],
    [60, 3],
  ]) {
    const { stdout } = await runPasted(sampleWith('persist('), cwd);
    t.is(stdout, `${paid} ${revision}\n`, 'each run goes on where the last one ended');
  }
});

test('so does the program about commit logs', async (t) => {
  const { stdout } = await runPasted(sampleWith('keyBasedRetention('), await tempDirectory(t));
  t.regex(stdout, /name: 'readings',/);
  t.regex(stdout, /records: 100$/m);
  t.regex(stdout, /^4942 2\d °C$/m);
});

test('so does the simulation of docs/testing.md', async (t) => {
  const [program] = codeBlocks('ts', 'docs/testing.md');
  const { stdout } = await runPasted(program ?? '', await tempDirectory(t));
  t.regex(stdout, /^\d+ steps, \d+ storage operations, trace [0-9a-f]{8}-\d+$/m);
});

test('so does its program about faults on a real disk', async (t) => {
  const [, program] = codeBlocks('ts', 'docs/testing.md');
  const { stdout } = await runPasted(program ?? '', await tempDirectory(t));
  t.regex(stdout, /^key \d: LITHIFY_DISK_FULL$/m);
  t.regex(stdout, /'key 0'/);
});
