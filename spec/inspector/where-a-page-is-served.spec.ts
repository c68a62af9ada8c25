import { networkInterfaces } from 'node:os';
import test from 'ava';
import type { Engine, InspectOptions } from '../../index.ts';
import { inspect } from '../../inspector/index.ts';
import { openEngine } from '../support/engines.ts';
import { Looker } from './support/looker.ts';
import { ask } from './support/raw-http.ts';

const hasSix = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));

test('a port can be chosen, and one that is taken is refused by code', async (t) => {
  const engine = await openEngine(t);
  const { port } = await engine.inspect();
  const error = await t.throwsAsync<Error & { details?: object; cause?: NodeJS.ErrnoException }>(engine.inspect({ port }), {
    code: 'LITHIFY_INVALID_ARGUMENT',
  });
  t.deepEqual([error?.details, error?.cause?.code], [{ option: 'port' }, 'EADDRINUSE']);
  t.regex(error?.message ?? '', new RegExp(`port ${port}`));
});

test('a port is free again when its page is closed', async (t) => {
  const engine = await openEngine(t);
  const one = await engine.inspect();
  await Looker.open(t, one.url);
  await one.close();
  const two = await engine.inspect({ port: one.port });
  t.is((await ask(two.url)).status, 200);
});

test('any host but loopback is refused, and so is every other option that is not sound', async (t) => {
  const engine = await openEngine(t);
  const given: [option: string, options: unknown][] = [
    ...['0.0.0.0', '::', 'localhost', '127.0.0.2', '', 'evil.example', null, 1].map((host): [string, unknown] => ['host', { host }]),
    ...[-1, 65_536, 1.5, Number.NaN, '80', null].map((port): [string, unknown] => ['port', { port }]),
    ['everyMs', { everyMs: 1 }],
    ['token', { port: 0, token: 'x' }],
  ];
  for (const [option, options] of given) {
    const refused = { code: 'LITHIFY_INVALID_ARGUMENT' };
    const error = await t.throwsAsync<Error & { details?: object }>(
      engine.inspect(options as InspectOptions),
      refused,
      JSON.stringify(options),
    );
    t.deepEqual(error?.details, { option });
  }
  for (const none of [null, 7, 'x', []])
    await t.throwsAsync(engine.inspect(none as unknown as InspectOptions), { code: 'LITHIFY_INVALID_ARGUMENT' });
});

(hasSix ? test : test.skip)('IPv6 will do as well', async (t) => {
  const engine = await openEngine(t);
  const { url, port } = await engine.inspect({ host: '::1' });
  t.true(url.startsWith(`http://[::1]:${port}/`));
  t.is((await ask(url)).status, 200);
  await (await Looker.open(t, url)).frame();
});

test('what is no engine has no page', async (t) => {
  for (const none of [undefined, null, {}, 'engine']) {
    await t.throwsAsync(inspect(none as unknown as Engine), { code: 'LITHIFY_INVALID_ARGUMENT' });
  }
});

test('lithify/inspect is the same as engine.inspect()', async (t) => {
  const engine = await openEngine(t);
  const { url } = await inspect(engine);
  const hello = await (await Looker.open(t, url)).next();
  t.like(hello, { type: 'hello', location: engine.location });
});

test('two pages of one engine end each by itself', async (t) => {
  const engine = await openEngine(t);
  const [one, two] = [await engine.inspect(), await engine.inspect()];
  const rest = (await Looker.open(t, one.url)).rest();
  const looker = await Looker.open(t, two.url);
  await one.close();
  t.is((await rest).at(-1)?.type, 'bye');
  await looker.frame();
  t.is((await ask(two.url)).status, 200);
});
