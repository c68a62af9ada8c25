import { LithifyError } from '../protocol/errors.ts';

/** As in package.json, of which npm only warns. Without Web Locks and the like it would fail later, and with other words. */
const OLDEST = [24, 12] as const;

/** LITHIFY_UNSUPPORTED: this Node is too old. */
export function checkNode(version = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new LithifyError('LITHIFY_UNSUPPORTED', `lithify needs Node ${OLDEST.join('.')} or later, and this is ${version}.`, {
    details: { version },
  });
}
