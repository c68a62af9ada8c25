import type { ExecutionContext } from 'ava';
import type { Engine, Inspector } from '../../../index.ts';
import type { Inspected } from '../../../inspector/inspected.ts';
import { serveInspector } from '../../../inspector/serve-inspector.ts';
import { openEngine } from '../../support/engines.ts';

/** An engine with its page. */
export async function inspected(t: ExecutionContext): Promise<{ engine: Engine; inspector: Inspector; url: string }> {
  const engine = await openEngine(t);
  const inspector = await engine.inspect();
  t.teardown(() => inspector.close());
  return { engine, inspector, url: inspector.url };
}

const QUICK = { everyMs: 2, share: 1 };

/** The same as fast as it goes, and with some of the engine's answers being others. */
export async function inspectedAs(t: ExecutionContext, engine: Engine, instead: Partial<Inspected> = {}): Promise<Inspector> {
  const inspector = await serveInspector(insteadOf(engine, instead), {}, QUICK);
  t.teardown(() => inspector.close());
  return inspector;
}

function insteadOf(engine: Engine, instead: Partial<Inspected>): Inspected {
  return new Proxy(engine, {
    get(target, name) {
      const own = Reflect.has(instead, name) ? Reflect.get(instead, name) : Reflect.get(target, name, target);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}
