import { LithifyError } from '../protocol/errors.ts';
import type { InspectOptions } from '../protocol/inspection.ts';

const HOSTS = ['127.0.0.1', '::1'] as const;
const MOST_PORT = 65_535;

/** With the defaults filled in. LITHIFY_INVALID_ARGUMENT names the one that is wrong. */
export function checkedOptions(given: InspectOptions): Required<InspectOptions> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', 'The options of inspect must be an object with port and host.', {
      details: { option: 'options' },
    });
  }
  const unknown = Object.keys(given).find((name) => name !== 'port' && name !== 'host');
  if (unknown !== undefined) throw wrong(unknown, 'is not known; there are port and host');
  const { port = 0, host = '127.0.0.1' } = given;
  if (!Number.isInteger(port) || port < 0 || port > MOST_PORT) throw wrong('port', `must be a whole number from 0 to ${MOST_PORT}`);
  if (!HOSTS.includes(host)) throw wrong('host', `must be ${HOSTS.join(' or ')}: the page is for this machine only`);
  return { port, host };
}

function wrong(option: string, reason: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `The option ${option} of inspect ${reason}.`, { details: { option } });
}
