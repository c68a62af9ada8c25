import test from 'ava';
import { freshLocation, lithify } from '../support/cli.ts';

const wrong: Record<string, string[]> = {
  'an unknown command': ['frobnicate'],
  'an unknown option': ['get', 'a', '--db', 'x', '--frobnicate'],
  'an option without a command': ['--json'],
  'a missing argument': ['put', 'a', '--db', 'x'],
  'one argument too many': ['get', 'a', 'b', '--db', 'x'],
  'no store named': ['get', 'a'],
  'an empty store name': ['get', 'a', '--db', ''],
  'a limit that is no number': ['scan', '--db', 'x', '--limit', '1e3'],
  'two lower bounds': ['scan', '--db', 'x', '--gt', 'a', '--gte', 'b'],
  'a check without the store that it is about': ['demo', '--check', 'x'],
};

for (const [what, args] of Object.entries(wrong)) {
  test(`${what} exits 2, says why on stderr and nothing on stdout`, async (t) => {
    const { code, stdout, stderr } = await lithify(args);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, /^error: /);
  });
}

test('help and version are no failure', async (t) => {
  const [help, version] = await Promise.all([lithify(['--help']), lithify(['--version'])]);
  t.is(help.code, 0);
  t.regex(help.stdout, /compact/);
  t.is(version.code, 0);
  t.regex(version.stdout, /^\d+\.\d+\.\d+\n$/);
});

test('LITHIFY_DB names the store where --db does not', async (t) => {
  const env = { LITHIFY_DB: await freshLocation(t) };
  t.is((await lithify(['put', 'a', '1'], { env })).code, 0);
  t.is((await lithify(['get', 'a'], { env })).stdout, '1\n');
});
