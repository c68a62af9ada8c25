/** `v7*300` → `v7` and 300 times a `y`: lists stay short that fill memtables. */
export function expanded(value: string): string {
  const [tag, count] = value.split('*');
  return count === undefined ? value : `${tag}${'y'.repeat(Number(count))}`;
}

/** The other way; what no `expanded` has made is shown as it is. */
export function shortened(text: string): string {
  const tag = text.replace(/y+$/, '');
  return tag === text ? text : `${tag}*${text.length - tag.length}`;
}
