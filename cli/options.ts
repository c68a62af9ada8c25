import { InvalidArgumentError, Option } from 'commander';

export interface StoreOptions {
  readonly db: string;
}
export interface DataOptions extends StoreOptions {
  readonly json?: boolean;
}

/** The store that a command works on; without it, and without LITHIFY_DB, the command is used wrongly. */
export function dbOption(): Option {
  return new Option('--db <dir>', 'directory of the store').env('LITHIFY_DB').argParser(nonEmpty).makeOptionMandatory();
}

export function jsonOption(what = 'print JSON'): Option {
  return new Option('--json', what);
}

export function nonEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}
