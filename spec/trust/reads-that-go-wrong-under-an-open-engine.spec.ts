import test from 'ava';
import { WrongData } from '../../torture/damage/read-all.ts';
import { rotUnderAnEngine } from '../../torture/damage/rot.ts';

test('while blocks come back wrong or not at all, every answer is the truth or an error; afterwards nothing is missing', async (t) => {
  let [faults, refused, failedJobs] = [0, 0, 0];
  for (let seed = 1; seed <= 6; seed++) {
    const counts = await rotUnderAnEngine(seed);
    faults += counts['rot: faults'];
    refused += counts['rot: refused'];
    failedJobs += counts['rot: failed jobs'];
  }
  t.true(faults > 100, `${faults} faults`);
  t.true(refused > 100, `${refused} refused`);
  t.true(failedJobs > 10, `${failedJobs} jobs met them and failed`);
});

test('without checksums wrong data comes out, and this machine says so', async (t) => {
  const error = await t.throwsAsync(() => rotUnderAnEngine(1, { checksum: () => 7 }));
  t.true(error?.cause instanceof WrongData, error?.message);
});
