export default {
  files: ['spec/**/*.spec.ts', '!spec/browser/**'],
  extensions: ['ts'],
  // Without news for so long, whatever is pending is ended and named. No `t.timeout()` may be longer: AVA's own clock looks away
  // for as long, and if it comes due meanwhile it is never wound again; a file that hangs then hangs the whole run.
  timeout: '10m',
  nodeArguments: ['--conditions=lithify-source'],
  // One process a file: a crash inside LevelDB, process-wide locks and libuv's pool stay with the spec that uses them.
  workerThreads: false,
};
