import { readdir } from 'node:fs/promises';
import test from 'ava';
import { StateMachine } from 'xstate';
import type { ChartCase } from './support/chart-case.ts';
import { coverageOf } from './support/state-coverage.ts';
import { compactorCase } from './support/worlds/compactor-world.ts';
import { engineCase } from './support/worlds/engine-world.ts';
import { logCompactorCase } from './support/worlds/log-compactor-world.ts';
import { mailboxCase } from './support/worlds/mailbox-world.ts';
import { tabletCase } from './support/worlds/tablet-world.ts';
import { workerCase } from './support/worlds/worker-world.ts';
import { writerCase } from './support/worlds/writer-world.ts';

const CASES: readonly ChartCase[] = [engineCase, mailboxCase, compactorCase, workerCase, tabletCase, writerCase, logCompactorCase];

/** Every chart of machines/, found there, once: some files export what others make. */
async function chartsIn(directory: URL): Promise<string[]> {
  const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const modules: object[] = await Promise.all(files.map((name) => import(new URL(name, directory).href)));
  const charts = modules.flatMap((one) => Object.values(one).filter((value) => value instanceof StateMachine));
  return [...new Set(charts)].map(({ id }) => id);
}

test('every chart is looked at', async (t) => {
  const found = await chartsIn(new URL('../../machines/', import.meta.url));
  t.deepEqual(found.toSorted(), CASES.map(({ machine }) => machine.id).toSorted());
});

for (const chartCase of CASES) {
  const { id } = chartCase.machine;
  test.serial(
    `every state of the ${id} meets a stop, a death, a fault of the storage and an abort, as far as they can reach it, and stands them`,
    async (t) => {
      const { failures, states, passing, pairs, situations, moves } = await coverageOf(chartCase);
      t.deepEqual(failures, []);
      t.log(`${id}: ${states} states (and ${passing} that only pass on) met ${pairs} ends, in ${situations} situations and ${moves} moves`);
    },
  );
}
