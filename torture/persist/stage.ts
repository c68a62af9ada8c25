/** The actors of a scenario. */
export const NAMES = ['ann', 'ben', 'cem'];
/** Small, so that there are flushes and compactions too. */
export const SMALL = {
  memtableBytes: 8192,
  memoryBytes: 128 * 1024,
  blockBytes: 128,
  tableBytes: 512,
  sliceBytes: 1024,
  minorTrigger: 2,
};
