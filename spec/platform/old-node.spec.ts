import { readFile } from 'node:fs/promises';
import test from 'ava';
import { checkNode } from '../../platform/node-version.ts';
import { runScript } from './run-script.ts';

const ROOT = new URL('../../', import.meta.url);
const REFUSED = { code: 'LITHIFY_UNSUPPORTED' };

test('a Node that is older than package.json says is refused by its version, and no other', async (t) => {
  const { engines } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8'));
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node) ?? [];
  for (const version of [`${major}.${minor}.0`, `${major}.${Number(minor) + 1}.3`, `${Number(major) + 1}.0.0-nightly`]) {
    t.notThrows(() => checkNode(version), version);
  }
  for (const version of [`${major}.${Number(minor) - 1}.9`, `${Number(major) - 1}.99.0`, '9.9.9']) {
    t.throws(() => checkNode(version), { ...REFUSED, message: new RegExp(`needs Node ${major}\\.${minor} .*${version}`) });
  }
});

test('there an engine does not open, and a database does not either', async (t) => {
  const { stdout } = await runScript(`
    import { Level, open } from '${new URL('index.ts', ROOT)}';
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.23.3' } });
    const codes = [];
    await open('./never').catch((error) => codes.push(error.code));
    try { await new Level('./never').open(); } catch (error) { codes.push((error.cause ?? error).code); }
    console.log(JSON.stringify(codes));
  `);
  t.deepEqual(JSON.parse(stdout), [REFUSED.code, REFUSED.code]);
});
