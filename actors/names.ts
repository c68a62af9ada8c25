/** What actors of a kind are called: `worker-0`, `worker-1`, … */
export function names(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${kind}-${i}`);
}
