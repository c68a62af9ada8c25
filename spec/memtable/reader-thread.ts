import { parentPort, workerData } from 'node:worker_threads';
import { Memtable, type SharedMemtable } from '../../storage/memtable/memtable.ts';
import { rest, show } from './model.ts';

/** Reads what it was handed, as a worker that flushes does. */
const memtable = Memtable.attach(workerData as SharedMemtable);
const { number, entries, firstSequence, lastSequence } = memtable;
const forward = rest(memtable.cursor());
const found = forward.filter(({ key, seq }) => memtable.get(key, seq)?.seq === seq).length;
parentPort?.postMessage({
  number,
  entries,
  firstSequence,
  lastSequence,
  found,
  forward: show(forward),
  backward: show(rest(memtable.cursor({ reverse: true }))),
});
