import type { ExecutionContext } from 'ava';
import type { Engine, Inspector } from '../../../index.ts';
import type { Pace } from '../../../inspector/feed/pace.ts';
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
export async function inspectedAs(t: ExecutionContext, engine: Engine, instead: Partial<Inspected> = {}, pace = QUICK): Promise<Inspector> {
  const [inspector] = await inspectedOften(t, { engine, times: 1, instead, pace });
  return inspector;
}

/** Several servers of one engine, which has some answers that are others. */
export async function inspectedOften(
  t: ExecutionContext,
  { engine, times, instead = {}, pace = QUICK }: { engine: Engine; times: number; instead?: Partial<Inspected>; pace?: Pace },
): Promise<Inspector[]> {
  const one = insteadOf(engine, instead);
  const inspectors = await Promise.all(Array.from({ length: times }, () => serveInspector(one, {}, pace)));
  t.teardown(() => Promise.all(inspectors.map((inspector) => inspector.close())));
  return inspectors;
}

/** The engine's recorder, with some of its answers being others. */
export function recorderWith({ recorder }: Engine, instead: Partial<Engine['recorder']>): Engine['recorder'] {
  return {
    since: (n, limit) => recorder.since(n, limit),
    dump: (reason) => recorder.dump(reason),
    capture: (reason) => recorder.capture(reason),
    save: (directory) => recorder.save(directory),
    ...instead,
  };
}

function insteadOf(engine: Engine, instead: Partial<Inspected>): Inspected {
  return new Proxy(engine, {
    get(target, name) {
      const own = Reflect.has(instead, name) ? Reflect.get(instead, name) : Reflect.get(target, name, target);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}
