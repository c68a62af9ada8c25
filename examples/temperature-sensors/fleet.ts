import type { SensorEvent } from './events.ts';

export interface Fleet {
  readonly sensors: number;
  readonly events: number;
  readonly seed: number;
}

/** What a fleet of sensors has to tell; the same seed tells the same. Every sensor begins with its name and battery level. */
export function* fleetEvents({ sensors, events, seed }: Fleet): Generator<SensorEvent> {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let number = 0; number < events; number++) {
    const [sensor, chance] = [number < 2 * sensors ? number % sensors : below(sensors), random()];
    if (number < sensors) yield { type: 'NameChanged', sensor, name: `room ${below(1000)}` };
    else if (number < 2 * sensors || chance < 0.1) yield { type: 'BatteryLevelSensed', sensor, level: below(101) };
    else if (chance < 0.11) yield { type: 'NameChanged', sensor, name: `room ${below(1000)}` };
    else yield { type: 'TemperatureSensed', sensor, temperature: 15 + below(100) / 10 };
  }
}

/** Numbers from 0 to 1. (Source: mulberry32, T. Ettinger.) */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
