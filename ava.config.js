export default {
  files: ['spec/**/*.spec.ts', '!spec/browser/**'],
  extensions: ['ts'],
  timeout: '2m',
  nodeArguments: ['--conditions=lithify-source'],
  // One process a file: a crash inside LevelDB, process-wide locks and libuv's pool stay with the spec that uses them.
  workerThreads: false,
};
