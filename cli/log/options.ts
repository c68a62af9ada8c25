import { type Command, InvalidArgumentError, Option } from 'commander';
import type { JsonForm } from '../../index.ts';
import { wholeNumber } from '../options.ts';
import { parseDuration } from './duration.ts';

const MOST_PARTITIONS = 1024;

export function partitionOption(description: string): Option {
  return new Option('--partition <number>', description).argParser(wholeNumber(0, MOST_PARTITIONS - 1));
}

export function partitionsOption(description: string): Option {
  return new Option('--partitions <count>', description).argParser(wholeNumber(1, MOST_PARTITIONS));
}

export function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const ms = parseDuration(text);
    if (ms === undefined) throw new InvalidArgumentError('It must be a time such as 100ms, 1s, "2h 30m" or 0.');
    return ms;
  });
}

export interface FormOptions {
  readonly keyText?: boolean;
  readonly valueText?: boolean;
}

/** How keys and values stand in JSON lines. */
export function addFormOptions(command: Command): Command {
  return command
    .option('--key-text', 'keys as text of decimal digits, which no reader of JSON rounds')
    .option('--value-text', 'values as UTF-8 text instead of Base64; what is not UTF-8 stays Base64, as value64');
}

export function formOf({ keyText, valueText }: FormOptions): JsonForm {
  return { ...(keyText && { keyText }), ...(valueText && { valueText }) };
}

/** For options that may be given more than once. */
export function collect<T>(parse: (text: string) => T): (text: string, before: readonly T[] | undefined) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}
