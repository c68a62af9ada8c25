// A process that produces to topics which are compacted all the time, says what was acknowledged, and is killed by its parent.
import { writeSync } from 'node:fs';
import { keyBasedRetention, type LogRecord, type NewRecord, type OpenOptions, open } from '../../../index.ts';

/** Of the same store in this process and after it. */
export const BUSY: OpenOptions = {
  ...{ workers: 2, durability: 'os', memtableBytes: 64 * 1024, memoryBytes: 1024 * 1024 },
  ...{ blockBytes: 1024, tableBytes: 16 * 1024, minorTrigger: 2 },
};
export const TOPICS = ['a', 'b'];
/** Values above an eighth of a memtable are staged. */
const LARGE = 12_000;

export function lineOf({ topic, offset, key, value }: Pick<LogRecord, 'topic' | 'offset' | 'key' | 'value'>): string {
  return `${topic} ${offset} ${key} ${value.length}`;
}

function recordOf(i: number): NewRecord {
  return { key: BigInt(i), value: new Uint8Array(i % 20 === 7 ? LARGE + i : 100 + (i % 50)) };
}

const [directory] = process.argv.slice(2);
if (import.meta.main && directory !== undefined) {
  const engine = await open(directory, BUSY);
  // Nothing goes, so that all of it must be there: the keys are all different.
  const compaction = { strategy: keyBasedRetention(500), compactionThreshold: 4_000, minDirtyRatio: 0 };
  const say = (line: string) => writeSync(1, `${line}\n`);
  await Promise.all(
    TOPICS.map(async (name) => {
      const topic = engine.topic(name, { compaction });
      for (let i = 0; ; i++) {
        const { key, value } = recordOf(i);
        const offset = await topic.produce({ key, value });
        say(lineOf({ topic: name, offset, key, value: value as Uint8Array }));
        if (name === 'a' && i % 10 === 9) {
          await topic.commit('group', offset);
          say(`group ${offset}`);
        }
      }
    }),
  );
}
