import type { Operation } from './operations.ts';
import { keyOperations, readerOperations, shownPair } from './perform-keys.ts';
import { allRecords, logOperations, makeTopics, registerBusy } from './perform-logs.ts';
import type { Performer, Visible } from './performer.ts';
import { persistent, recordByRecord, untilDone } from './persistent.ts';
import { settled } from './player.ts';
import { type Ground, type Opened, Stage } from './stage.ts';

type EngineKind = 'ask' | 'askBeside' | 'compactRange' | 'size' | 'verify' | 'checkpoint' | 'reopen' | 'pause' | 'atOnce';

/** Simulated. */
const REST_MS = 200;

/** Does operations to a store. */
export async function performerOn(ground: Ground): Promise<Performer> {
  const opened = await ground.open();
  registerBusy(opened.engine);
  const stage = new Stage(ground, opened);
  const steady: Performer = {
    ...keyOperations(stage),
    ...readerOperations(stage),
    ...logOperations(stage),
    ...engineOperations(stage, () => performer),
    end: async () => {
      const besides = await stage.besides();
      await stage.close();
      return besides;
    },
  };
  const retrying = ground.fails === undefined ? steady : persistent(steady, () => ground.pause(REST_MS));
  const performer = ground.fails === 'log' ? recordByRecord(retrying) : retrying;
  return performer;
}

function engineOperations(stage: Stage, self: () => Performer): Pick<Performer, EngineKind> {
  const { ground } = stage;
  return {
    ask: async ({ type }) => {
      await stage.engine.ask({ type });
      return null;
    },
    askBeside: async ({ type }) => {
      stage.goesOnBeside(stage.engine.ask({ type }));
      return null;
    },
    compactRange: async ({ from, to }) => {
      await stage.kv.compactRange(from, to);
      return null;
    },
    // An estimate: that there is one is all that is seen of it.
    size: async ({ from, to }) => (await stage.kv.approximateSize(from, to)) >= 0,
    verify: async () =>
      (await stage.engine.verify()).damage.map((one) =>
        JSON.stringify(one, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
      ),
    checkpoint: async () => {
      const directory = ground.newDirectory();
      await stage.engine.checkpoint(directory);
      const copy = await ground.openCopy(directory);
      const content = await contentOf(copy);
      await copy.close();
      return content;
    },
    reopen: async () => {
      await stage.reopen();
      registerBusy(stage.engine);
      return stage.besides();
    },
    pause: async ({ ms }) => {
      await ground.pause(ms);
      return null;
    },
    atOnce: async ({ operations }) => {
      // What is refused and done again counts behind what was not.
      if (ground.fails === 'log') return oneByOne(self(), operations);
      if (ground.fails === 'blobs')
        await untilDone(
          () => makeTopics(stage.engine, operations),
          () => ground.pause(REST_MS),
        );
      return Promise.all(operations.map((operation) => settled(self(), operation)));
    },
  };
}

async function contentOf({ kv, engine }: Opened): Promise<Visible> {
  const pairs = await kv.iterator().all();
  return [pairs.map(shownPair), await allRecords(engine)];
}

async function oneByOne(performer: Performer, operations: readonly Operation[]): Promise<Visible> {
  const seen: Visible[] = [];
  for (const operation of operations) seen.push(await settled(performer, operation));
  return seen;
}
