import { LithifyError } from '../../../protocol/errors.ts';

/** Where streambed-logged keeps a topic (log-format.md 2.1). Its unfinished `work` file holds nothing that these do not. Two paths may be equal (a topic `x.history`). */
export interface TopicFiles {
  /** What it reads first. */
  readonly ancientHistory: string;
  /** What it reads next. */
  readonly history: string;
  /** What is appended to; an export writes this one only. */
  readonly active: string;
  /**
   * The name has an extension, which is what that system replaces: every topic that differs after the last dot only has
   * the same history files, and nothing in their records says whose they are.
   */
  readonly sharesHistory: boolean;
}

/**
 * The paths by Rust's rule (`Path::with_extension`): what follows the last dot of the last component is replaced; a dot
 * that the name begins with does not count. Throws LITHIFY_INVALID_ARGUMENT for a name that is no file in the directory:
 * that system joins it as it is, and would leave the directory with `..` or a leading slash.
 */
export function topicFiles(directory: string, topic: string): TopicFiles {
  checkName(topic);
  const nameStart = topic.lastIndexOf('/') + 1;
  const dot = topic.lastIndexOf('.');
  const sharesHistory = dot > nameStart;
  const stem = `${directory.replace(/\/+$/, '')}/${sharesHistory ? topic.slice(0, dot) : topic}`;
  return {
    ancientHistory: `${stem}.ancient_history`,
    history: `${stem}.history`,
    active: `${directory.replace(/\/+$/, '')}/${topic}`,
    sharesHistory,
  };
}

/** A backslash leads nowhere here, but out of the directory on Windows. */
const SEPARATOR = /[/\\]/;

function checkName(topic: string): void {
  const components = topic.split(SEPARATOR);
  const last = components[components.length - 1];
  const isFile = last !== '' && last !== '.' && !components.includes('..') && components[0] !== '' && !topic.includes('\0');
  if (isFile) return;
  const message = `The topic ${JSON.stringify(topic)} is no file name in a directory of streambed-logged; give one without "..", and without a slash or a backslash at either end.`;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { topic } });
}
