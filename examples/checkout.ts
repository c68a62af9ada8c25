import { spawn } from 'node:child_process';
import { once } from 'node:events';

const SOURCE = '--conditions=lithify-source';

/**
 * Runs an example. In a checkout that is not built, the name 'lithify' leads nowhere yet: the example is started again with
 * a flag by which it and its worker threads find the source. Programs of your own, which have the package, need none of this.
 */
export async function runExample(program: () => Promise<unknown>): Promise<void> {
  try {
    await program();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing || process.execArgv.includes(SOURCE)) throw error;
    const again = spawn(process.execPath, [...process.execArgv, SOURCE, ...process.argv.slice(1)], { stdio: 'inherit' });
    const [code] = await once(again, 'close');
    process.exitCode = typeof code === 'number' ? code : 1;
  }
}
