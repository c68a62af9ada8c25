import type { ExecutionContext } from 'ava';
import type { Engine, Inspector, OpenOptions } from '../../../index.ts';
import { HeldEngine } from '../../support/held-engine.ts';
import { openPage, type PageOptions, type Watched } from './browser.ts';

export interface InspectedEngine extends Watched {
  readonly held: HeldEngine;
  readonly engine: Engine;
  readonly inspector: Inspector;
}

/** An engine with tiny tables, whose jobs can be held in the middle, and its page. */
export async function inspected(t: ExecutionContext, page: PageOptions = {}, options: OpenOptions = {}): Promise<InspectedEngine> {
  const held = await HeldEngine.open({ compactors: 2, ...options });
  const { engine } = held;
  t.teardown(async () => {
    held.release();
    await engine.close();
  });
  const inspector = await engine.inspect();
  return { held, engine, inspector, ...(await openPage(t, inspector.url, page)) };
}

/** Writes until there are tables on some levels. */
export async function withTables({ held, engine }: Pick<InspectedEngine, 'held' | 'engine'>): Promise<void> {
  await held.fill(60);
  await engine.ask({ type: 'MajorCompaction' });
}
