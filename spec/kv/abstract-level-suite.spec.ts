import test, { type ExecutionContext } from 'ava';
import { readTap, runSuite, type SuiteReport } from './support/abstract-level-suite.ts';

/** What classic-level 3 passes of abstract-level 3.1's suite. */
const AS_CLASSIC_LEVEL = 5168;
/** The suite leaves these out by itself where data does not survive the process (`supports.permanence`), and says nothing. */
const OF_PERMANENCE = 6;

function assertPassed(t: ExecutionContext, report: SuiteReport, atLeast: number): void {
  t.log(`${report.passed} of ${report.planned} assertions on ${report.stores} stores, ${report.skipped.length} skipped`);
  t.deepEqual(report.failed, []);
  t.deepEqual(report.skipped, []);
  t.is(report.planned, report.passed, `it broke off\n${report.stderr}`);
  t.is(report.exitCode, 0, report.stderr);
  t.true(report.passed >= atLeast, `${report.passed} are fewer than ${atLeast}`);
}

test.serial('on disk a database does all that abstract-level asks of one, as much as classic-level', async (t) => {
  t.timeout(600_000);
  assertPassed(t, await runSuite(t, 'level'), AS_CLASSIC_LEVEL);
});

test.serial('in memory it does the same, but for what must survive the process', async (t) => {
  t.timeout(600_000);
  assertPassed(t, await runSuite(t, 'memory'), AS_CLASSIC_LEVEL - OF_PERMANENCE);
});

test('a failure, a skip and a missing end in what the suite prints are seen', (t) => {
  const whole = 'TAP version 13\n# one\nok 1 fine\nok 2 fine # SKIP not here\n# SKIP two\nnot ok 3 wrong\n\n1..3\n# stores 7\n';
  t.deepEqual(readTap(whole), {
    ...{ passed: 1, failed: ['not ok 3 wrong'], skipped: ['ok 2 fine # SKIP not here', '# SKIP two'], planned: 3, stores: 7 },
  });
  t.is(readTap('ok 1 fine\nok 2 fi').planned, undefined);
  t.deepEqual(readTap('ok 1 fine\nBail out! gone').failed, ['Bail out! gone']);
});
