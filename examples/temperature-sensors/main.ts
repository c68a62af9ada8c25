#!/usr/bin/env node
/**
 * A fleet of temperature sensors tells 200,000 events; a compaction leaves the last ten temperatures of each sensor, its
 * last battery level and its last name: `node examples/temperature-sensors/main.ts [DIR [EVENTS]]`. With DIR the store is
 * kept there, and goes on from where it was the next time.
 */
import { runExample } from '../checkout.ts';

await runExample(() => import('./run.ts'));
