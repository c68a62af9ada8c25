import { parentPort } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { threadApi } from '../storage/jobs/thread-api.ts';
import { checksum } from './checksum.ts';

/** The file that every worker thread runs: the jobs of storage/jobs, behind Comlink. */
if (parentPort === null) throw new Error('This module is a worker thread of lithify; it is not to be imported.');
// A MessagePort of Node is an endpoint as it is; Comlink's types know only the browser's.
Comlink.expose(threadApi(checksum), parentPort as unknown as Comlink.Endpoint);
