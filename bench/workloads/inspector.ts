import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Engine } from '../../index.ts';
import type { Figure } from '../figure.ts';
import { inFlight, type Measured, measure } from '../measure.ts';
import type { Context, Workload } from './workload.ts';

const READER = fileURLToPath(new URL('../page-reader.ts', import.meta.url));
const ROUNDS = 5;
/** As many as the mailbox has room for: more would wait outside, which is not what is measured. */
const LANES = 32;
/** Nothing to delete: what it costs is the way through the actors. */
const MESSAGE = { type: 'DeleteBlob', blobId: 1 } as const;
const MESSAGE_BYTES = JSON.stringify(MESSAGE).length;

interface Seen {
  readonly frames: number;
  readonly entries: number;
  readonly bytes: number;
}

/** Messages through all actors as fast as they go, with a page open and without, in turn: what does looking cost? */
export const inspector: Workload = {
  name: 'inspector',
  rows: ['inspector'],
  durabilities: ['none'],
  subjects: ['lithify'],
  async run({ sizes: { limitMs }, openEngine, report }: Context) {
    const engine = await openEngine();
    const { url } = await engine.inspect();
    const window = { lanes: LANES, count: Number.MAX_SAFE_INTEGER, limitMs };
    const send = () => measure(() => inFlight(window, () => engine.ask(MESSAGE)));
    const events = await inspectionEvents(engine, send);
    const before = usedHeap();
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await inTurn(url, send, round % 2 === 0));
    const grown = { name: 'heap grown', value: Math.max(0, usedHeap() - before), unit: 'bytes' } as const;
    const looked = sum(rounds.map((round) => round.looked));
    report('inspector', looked, MESSAGE_BYTES, [...figuresOf(rounds, (events * looked.operations * 1000) / looked.ms), grown]);
    await engine.close();
  },
};

/** One window with a page open, one without, neighbours in time. */
interface Round {
  readonly looked: Measured;
  readonly alone: Measured;
  readonly seen: Seen;
}

async function inTurn(url: string, send: () => Promise<Measured>, isAloneFirst: boolean): Promise<Round> {
  const before = isAloneFirst ? await send() : undefined;
  const { seen, looked } = await whileLookedAt(url, send);
  return { seen, looked, alone: before ?? (await send()) };
}

function figuresOf(rounds: readonly Round[], eventsPerSecond: number): Figure[] {
  const seconds = rounds.reduce((all, { looked }) => all + looked.ms, 0) / 1000;
  const perSecond = (name: keyof Seen) => rounds.reduce((all, { seen }) => all + seen[name], 0) / seconds;
  const speed = ({ operations, ms }: Measured) => operations / ms;
  const work = ({ operations, cpuMs }: Measured) => cpuMs / operations;
  return [
    { name: 'inspection events a second', value: eventsPerSecond, unit: 'count' },
    {
      name: 'speed with a page over without',
      value: median(rounds.map(({ looked, alone }) => speed(looked) / speed(alone))),
      unit: 'share',
    },
    { name: 'CPU a message over without', value: median(rounds.map(({ looked, alone }) => work(looked) / work(alone))), unit: 'share' },
    { name: 'frames a second', value: perSecond('frames'), unit: 'count' },
    { name: 'entries shown a second', value: perSecond('entries'), unit: 'count' },
    { name: 'sent a second', value: perSecond('bytes'), unit: 'bytes' },
  ];
}

/** For one message. */
async function inspectionEvents(engine: Engine, send: () => Promise<Measured>): Promise<number> {
  let events = 0;
  const release = engine.observe(() => events++);
  const { operations } = await send();
  release();
  return events / operations;
}

async function whileLookedAt(url: string, send: () => Promise<Measured>): Promise<{ seen: Seen; looked: Measured }> {
  const reader = spawn(process.execPath, ['--conditions=lithify-source', READER, `${url}events`], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(reader.stdout, 'data');
  const looked = await send();
  const said = once(reader.stdout, 'data');
  reader.stdin.end();
  const [text] = await said;
  return { seen: JSON.parse(String(text)), looked };
}

function sum(measured: readonly Measured[]): Measured {
  const add = (name: keyof Measured) => measured.reduce((all, one) => all + one[name], 0);
  return {
    operations: add('operations'),
    ms: add('ms'),
    cpuMs: add('cpuMs'),
    delayMs: Math.max(...measured.map(({ delayMs }) => delayMs)),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Of this thread, without what nobody holds. */
function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return getHeapStatistics().used_heap_size;
}
