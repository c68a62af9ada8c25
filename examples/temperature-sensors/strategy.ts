import { composedRetention, keyBasedRetention, nthKeyBasedRetention } from 'lithify';
import { typeOf } from './events.ts';

const TEMPERATURES_PER_SENSOR = 10;

/**
 * Keeps the last ten temperatures of each sensor, its last battery level and its last name. Events of types that are not
 * known here go nowhere, and so stay. `maxSensors`: how many are held in memory at once; with more, a compaction takes
 * several passes.
 */
export function retentionFor(maxSensors: number) {
  return composedRetention([
    { when: (key) => typeOf(key) === 'TemperatureSensed', strategy: nthKeyBasedRetention(maxSensors, TEMPERATURES_PER_SENSOR) },
    { when: (key) => typeOf(key) !== undefined, strategy: keyBasedRetention(2 * maxSensors) },
  ]);
}

/** What worker threads load, by this file's URL and this name. */
export const sensorRetention = retentionFor(10_000);
