import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { tempDirectory } from '../support/engines.ts';
import { runScript } from './run-script.ts';

const ROOT = new URL('../../', import.meta.url);
const REMEDY = /esbuild: --packages=external, or --external:lithify/;

/** What a bundler leaves of `import.meta` in our code: the address of its own file, or, where it makes CommonJS, nothing. */
async function inBundle(url: string | undefined, script: string): Promise<Record<string, unknown>> {
  const { stdout } = await runScript(`
    import { registerHooks } from 'node:module';
    const ours = (url) => url.startsWith('${ROOT}') && !url.includes('/node_modules/');
    registerHooks({
      load(url, context, next) {
        const loaded = next(url, context);
        if (!ours(url)) return loaded;
        const source = String(loaded.source).replaceAll('import.meta.url', ${JSON.stringify(JSON.stringify(url) ?? '(undefined as any)')});
        return { ...loaded, source: ${url === undefined ? "source.replaceAll('import.meta.resolve', '({} as any).resolve')" : 'source'} };
      },
    });
    const { open } = await import('${new URL('index.ts', ROOT)}');
    const told = (error) => ({ code: error.code, message: error.message });
    ${script}
  `);
  return JSON.parse(stdout);
}

async function bundleIn(t: ExecutionContext): Promise<{ url: string; store: string; directory: string }> {
  const directory = await tempDirectory(t);
  const bundle = join(directory, 'bundle');
  await mkdir(bundle);
  await writeFile(join(bundle, 'app.js'), '');
  return { url: pathToFileURL(join(bundle, 'app.js')).href, store: join(directory, 'store'), directory };
}

const opened = (store: string) => `
  const engine = await open(${JSON.stringify(store)}).catch(told);
  console.log(JSON.stringify(engine));
`;

const worked = (store: string, options: string) => `
  const engine = await open(${JSON.stringify(store)}, ${options});
  await engine.kv.put('key', 'value');
  const { compacted } = await engine.ask({ type: 'MajorCompaction' });
  const inspected = await engine.inspect().catch(told);
  console.log(JSON.stringify({ value: await engine.kv.get('key'), compacted, threads: engine.stats().workers.length, inspected }));
  await engine.close();
`;

for (const kind of ['ES module', 'CommonJS']) {
  const urlOf = (url: string) => (kind === 'CommonJS' ? undefined : url);

  test(`an engine in a bundle (${kind}) that lacks the file of its threads does not open, says what to do, and makes nothing`, async (t) => {
    const { url, store, directory } = await bundleIn(t);
    const error = await inBundle(urlOf(url), opened(store));
    t.is(error.code, 'LITHIFY_UNSUPPORTED');
    t.regex(String(error.message), REMEDY);
    t.deepEqual(await readdir(directory), ['bundle']);
  });

  test(`without threads an engine works in a bundle (${kind}), and a page that is not there says what to do`, async (t) => {
    const { url, store } = await bundleIn(t);
    const { inspected, ...rest } = await inBundle(urlOf(url), worked(store, '{ workers: 0 }'));
    t.deepEqual(rest, { value: 'value', compacted: true, threads: 0 });
    t.like(inspected, { code: 'LITHIFY_UNSUPPORTED' });
    t.regex(JSON.stringify(inspected), REMEDY);
  });
}

test('a bundle that has the module of the threads beside it has threads', async (t) => {
  const { url, store } = await bundleIn(t);
  const worker = new URL('worker.ts', url);
  await writeFile(fileURLToPath(worker), `import '${new URL('platform/worker.ts', ROOT)}';`);
  const { value, compacted, threads } = await inBundle(url, worked(store, '{ compactors: 1, workers: 1 }'));
  t.deepEqual({ value, compacted, threads }, { value: 'value', compacted: true, threads: 1 });
});
