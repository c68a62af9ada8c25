import { posix, win32 } from 'node:path';

/** Does the path lead out of the directory, or to the directory itself, on any system that Node runs on? */
export function escapes(directory: string, path: string): boolean {
  return [posix, win32].some(({ resolve, sep }) => !resolve(path).startsWith(`${resolve(directory)}${sep}`)) || path.includes('\0');
}
