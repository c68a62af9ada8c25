/** How an operation on a key of a database is named: the directory, then the key in hexadecimal. Rules pick blobs by such prefixes. */
export function keyTarget(location: string, key: Uint8Array): string {
  let hex = '';
  for (const byte of key) hex += byte.toString(16).padStart(2, '0');
  return `${location}:${hex}`;
}
