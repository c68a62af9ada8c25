import { LithifyError } from '../../protocol/errors.ts';
import { MAX_PARTITIONS } from '../../protocol/log.ts';

const MAX_NAME_BYTES = 1024;
const utf8 = new TextEncoder();

/** Any text but the empty one; it is never a file name, so nothing in it means anything. LITHIFY_INVALID_ARGUMENT. */
export function checkedName(name: unknown, what = 'topic'): string {
  if (typeof name !== 'string' || name === '')
    throw invalid(`The name of a ${what} is ${describe(name)}; it must be a text that is not empty.`, what);
  if (!name.isWellFormed())
    throw invalid(`The name of a ${what} has half a character (a lone surrogate) in it; UTF-8 cannot hold that.`, what);
  const bytes = utf8.encode(name).length;
  if (bytes > MAX_NAME_BYTES) throw invalid(`The name of a ${what} has ${bytes} bytes; it may have ${MAX_NAME_BYTES}.`, what);
  return name;
}

export function checkedPartitions(partitions: unknown): number {
  if (typeof partitions === 'number' && Number.isInteger(partitions) && partitions >= 1 && partitions <= MAX_PARTITIONS) return partitions;
  throw invalid(`Option partitions is ${describe(partitions)}; it must be a whole number from 1 to ${MAX_PARTITIONS}.`, 'partitions');
}

/** A partition of a topic that has so many. */
export function checkedPartition(partition: unknown, partitions: number): number {
  if (typeof partition === 'number' && Number.isInteger(partition) && partition >= 0 && partition < partitions) return partition;
  throw invalid(`Partition ${describe(partition)} is not one of 0 to ${partitions - 1}.`, 'partition');
}

export function missingTopic(name: string): LithifyError {
  return new LithifyError('LITHIFY_NOT_FOUND', `Topic '${name}' does not exist; produce to it, or make() it, before.`, {
    details: { topic: name },
  });
}

function invalid(message: string, option: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { option } });
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
