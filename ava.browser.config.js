import base from './ava.config.js';

/** The page in a real browser: needs Chromium, which .ci/run installs. */
export default { ...base, files: ['spec/browser/**/*.spec.ts'], concurrency: 1 };
