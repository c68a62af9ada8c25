import type { LogRecord, NewRecord } from 'lithify';

/** What sensors tell: battery in percent, temperature in °C. */
export type SensorEvent =
  | { readonly type: 'BatteryLevelSensed'; readonly sensor: number; readonly level: number }
  | { readonly type: 'NameChanged'; readonly sensor: number; readonly name: string }
  | { readonly type: 'TemperatureSensed'; readonly sensor: number; readonly temperature: number };

/** An event's type is its number in the key; a new type goes to the end. */
const TYPES = ['BatteryLevelSensed', 'NameChanged', 'TemperatureSensed'] as const satisfies SensorEvent['type'][];

/** A key is 64 bits: the type in the upper 12, the sensor's id in the lower 32, nothing between them. */
const TYPE_SHIFT = 52n;
const SENSOR_MASK = 0xffff_ffffn;

export function keyOf({ type, sensor }: Pick<SensorEvent, 'type' | 'sensor'>): bigint {
  return (BigInt(TYPES.indexOf(type)) << TYPE_SHIFT) | BigInt(sensor);
}

/** undefined: a type that this program does not know, such as one of a later version. */
export function typeOf(key: bigint): SensorEvent['type'] | undefined {
  return TYPES[Number(key >> TYPE_SHIFT)];
}

export function sensorOf(key: bigint): number {
  return Number(key & SENSOR_MASK);
}

export function recordOf(event: SensorEvent): NewRecord {
  return { key: keyOf(event), value: valueOf(event) };
}

/** undefined: not an event of ours. */
export function eventOf({ key, value }: LogRecord): SensorEvent | undefined {
  const [type, sensor, text] = [typeOf(key), sensorOf(key), new TextDecoder().decode(value)];
  if (type === 'BatteryLevelSensed') return { type, sensor, level: Number(text) };
  if (type === 'NameChanged') return { type, sensor, name: text };
  if (type === 'TemperatureSensed') return { type, sensor, temperature: Number(text) };
  return undefined;
}

function valueOf(event: SensorEvent): string {
  if (event.type === 'BatteryLevelSensed') return String(event.level);
  return event.type === 'NameChanged' ? event.name : String(event.temperature);
}
