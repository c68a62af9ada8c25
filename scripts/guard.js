// Runs before start, test and bench, on whatever Node the machine has (20 and later), so it is plain JavaScript.
// Where install scripts were blocked, node_modules holds neither the Node that this project brings along nor, perhaps,
// a LevelDB for this platform: say so, and what to do, instead of failing with a syntax error.
import { existsSync } from 'node:fs';

const OLDEST = [24, 12];
const root = new URL('../', import.meta.url);

const complaint = missingInstall() ?? tooOld() ?? (await missingBinding());
if (complaint !== undefined) {
  console.error(`\nlithify cannot run here: ${complaint}\n`);
  process.exit(1);
}

function missingInstall() {
  return existsSync(new URL('node_modules/classic-level/', root)) ? undefined : 'its dependencies are not installed. Run: npm ci';
}

function tooOld() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return [
    `this is Node ${process.versions.node}; it needs ${OLDEST.join('.')} or later.`,
    'npm ci brings a newer one along (the package "node"), but its install script did not run. Run it:',
    '  npm rebuild node --ignore-scripts=false',
    `or install Node ${OLDEST.join('.')} or later from https://nodejs.org and run npm ci again.`,
  ].join('\n');
}

async function missingBinding() {
  try {
    await import('classic-level');
    return undefined;
  } catch (error) {
    return [
      `LevelDB (classic-level) does not load for ${process.platform}-${process.arch}: ${error.message}`,
      'There may be no ready-made build for this platform, or it was removed. Build it (needs Python and a C++ compiler):',
      '  npm rebuild classic-level --ignore-scripts=false',
    ].join('\n');
  }
}
