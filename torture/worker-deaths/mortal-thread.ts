import { parentPort, workerData } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { checksum } from '../../platform/checksum.ts';
import { threadApi } from '../../storage/jobs/thread-api.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';
import { Deaths, type Kind, type Moment, type ThreadWords } from './deaths.ts';
import { broken, end, MortalDatabase } from './mortal-database.ts';

// A storage worker as platform/worker.ts is one, which ends where the main thread wants it to.
if (parentPort === null) throw new Error('This module is a worker thread of the torture.');
const deaths = Deaths.attach(workerData as ThreadWords);
let database: MortalDatabase | undefined;

const api = threadApi(checksum, {
  batchBytes: 512,
  openDatabase: async (location, options) => (database = new MortalDatabase(await openLevelDatabase(location, options), deaths)),
});

async function meet(kind: Kind, which?: Moment): Promise<void> {
  const way = deaths.meets(kind, which);
  if (way === 'thrown') await broken();
  else if (way !== undefined) end(way, deaths);
}

const run: typeof api.run = async (job, control) => {
  await meet(job.kind);
  if (database !== undefined) database.kind = job.kind;
  const reply = await api.run(job, control);
  if (database !== undefined) database.kind = undefined;
  await meet(job.kind, 'reply');
  // The reply is on its way when the thread ends; who gets there first is anybody's guess.
  if (deaths.meets(job.kind, 'replied') !== undefined) setImmediate(() => process.exit(1));
  return reply;
};

Comlink.expose({ ...api, run }, parentPort as unknown as Comlink.Endpoint);
