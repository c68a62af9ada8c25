import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Engine, open } from 'lithify';
import { lastValueFrom } from 'rxjs';
import { GROUP, readAlarms } from './alarms.ts';
import { fleetEvents } from './fleet.ts';
import { produceEvents, sensorState$, sensorTopic } from './topic.ts';

const SENSOR = 42;

const [directory, events = '200000'] = process.argv.slice(2);
const FLEET = { sensors: 200, events: Number(events), seed: 1 };
if (!(FLEET.events >= 1)) {
  process.stderr.write('usage: node examples/temperature-sensors/main.ts [DIR [EVENTS]]\n');
  process.exitCode = 2;
} else if (directory !== undefined) await twoSessions(directory);
else {
  const temporary = await mkdtemp(join(tmpdir(), 'lithify-sensors-'));
  await twoSessions(join(temporary, 'store')).finally(() => rm(temporary, { recursive: true, force: true }));
}

async function twoSessions(location: string): Promise<void> {
  await firstSession(location);
  await secondSession(location);
}

async function firstSession(location: string): Promise<void> {
  await using engine = await open(location);
  const topic = sensorTopic(engine);
  const start = performance.now();
  await produceEvents(topic, fleetEvents(FLEET));
  console.log(`produced ${FLEET.events} events in ${secondsSince(start)} s`);
  const { records, lowBatteries } = await readAlarms(topic, FLEET.events / 2);
  console.log(`group ${GROUP} read ${records} records with ${lowBatteries} low batteries, and stops`);
}

async function secondSession(location: string): Promise<void> {
  await using engine = await open(location);
  const topic = sensorTopic(engine);
  console.log(`opened again; before compaction: ${size(engine)}`);
  const before = await lastValueFrom(sensorState$(topic, SENSOR));
  const start = performance.now();
  await topic.compact();
  console.log(`compacted in ${secondsSince(start)} s; after: ${size(engine)}`);
  const after = await lastValueFrom(sensorState$(topic, SENSOR));
  console.log(`sensor ${SENSOR}, ${isDeepStrictEqual(before, after) ? 'the same as before' : 'CHANGED'}: ${JSON.stringify(after)}`);
  const { from, records, lowBatteries } = await readAlarms(topic);
  console.log(`group ${GROUP} reads on at offset ${from}: ${records} records are left, with ${lowBatteries} low batteries`);
}

function size(engine: Engine): string {
  const [{ records, bytes }] = engine.topics();
  return `${records} records, ${bytes} bytes`;
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(2);
}
