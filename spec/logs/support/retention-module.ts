import { nthKeyBasedRetention } from '../../../index.ts';

/** A strategy that jobs load by its URL, in whatever thread they run. */
export default nthKeyBasedRetention(3, 2);
