import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { registerBackup } from './backup.ts';
import { registerCharts } from './charts.ts';
import { registerCompact } from './compact.ts';
import { registerDel } from './del.ts';
import { registerDemo } from './demo.ts';
import { registerDump } from './dump.ts';
import { exitCodeOf, reasonOf } from './failure.ts';
import { visibleText } from './format.ts';
import { registerGc } from './gc.ts';
import { registerGet } from './get.ts';
import { registerImportLevel } from './import-level.ts';
import { registerInspect } from './inspect.ts';
import { registerLoad } from './load.ts';
import { registerLog } from './log.ts';
import { registerPut } from './put.ts';
import { registerRecorder } from './recorder.ts';
import { registerRepair } from './repair.ts';
import { registerRestore } from './restore.ts';
import { registerScan } from './scan.ts';
import { registerStats } from './stats.ts';
import { registerVerify } from './verify.ts';
import { registerWhy } from './why.ts';

/** Exit code: 0 done, 1 failed with a one-line reason on stderr, 2 wrong usage, 3 repaired with losses, 128 + n ended by signal n. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  // Nobody is left to be told that stderr is gone.
  process.stderr.on('error', () => undefined);
  try {
    // Without a command: the demo, which is what `npm start` shows a newcomer.
    await createProgram().parseAsync(args.length === 0 ? ['demo'] : args, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  // Commander has printed its own message, and asks 1 for wrong usage where we promise 2.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const reason = reasonOf(error);
  if (reason !== undefined) process.stderr.write(`lithify: ${visibleText(reason)}\n`);
  return exitCodeOf(error);
}

function createProgram(): Command {
  const program = new Command('lithify')
    .description('An ordered key-value store kept small and fast by compactors that are actors.')
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError('(lithify --help lists the commands, lithify COMMAND --help the options)')
    .addHelpText('after', '\nWithout a command: demo. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 repaired with losses.');
  const commands = [registerPut, registerGet, registerDel, registerScan, registerLoad, registerDump];
  const copies = [registerBackup, registerRestore, registerRepair, registerImportLevel];
  const care = [
    registerLog,
    registerCompact,
    registerGc,
    registerStats,
    registerWhy,
    registerVerify,
    registerDemo,
    registerInspect,
    registerRecorder,
  ];
  const drawings = [registerCharts];
  for (const register of [...commands, ...copies, ...care, ...drawings]) register(program);
  return program;
}

/** By the package's own name, because this file is one folder deeper once it is built. */
function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL(import.meta.resolve('lithify/package.json')), 'utf8'));
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return known ? String(manifest.version) : 'unknown';
}
