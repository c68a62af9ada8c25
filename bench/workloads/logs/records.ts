/** Of a record's key, or of the number that other stores have in its place. */
export const LOG_KEY_BYTES = 8;
export const SMALL_VALUE = 10;
export const LARGE_VALUE = 100;

/** When the first record was made; the others follow a millisecond apart. */
export const FIRST_TIME = 1_700_000_000_000;

/** Records that are read after a seek: who starts somewhere reads on. */
export const READ_ON = 100;

/** Keys of a burst that is compacted while it comes. */
export const BURST_KEYS = 1000;
