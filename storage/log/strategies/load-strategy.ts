import type { StrategySpec } from '../strategy.ts';
import type { StrategyCalls } from './strategy-calls.ts';
import { type StrategyPlace, strategyError } from './strategy-error.ts';
import { missingOf, strategySpecOf } from './strategy-spec.ts';

/** A strategy that is here, in this thread. */
export type LoadedStrategy = Exclude<StrategySpec, { kind: 'module' }>;

/** By URL and export; a strategy is loaded once a thread. */
const loaded = new Map<string, LoadedStrategy>();

/** Loads modules; the rest is here already. LITHIFY_STRATEGY names the module and what is wrong with it. `calls`: who watches. */
export async function loadStrategy(spec: StrategySpec, place: StrategyPlace, calls?: StrategyCalls): Promise<LoadedStrategy> {
  if (spec.kind !== 'module') return spec;
  const name = `${spec.module}#${spec.export}`;
  const known = loaded.get(name);
  if (known !== undefined) return known;
  calls?.enter('load');
  const strategy = await fromModule(spec.module, spec.export, place).finally(() => calls?.leave());
  loaded.set(name, strategy);
  return strategy;
}

async function fromModule(module: string, name: string, place: StrategyPlace): Promise<LoadedStrategy> {
  const exported = await imported(module, name, place);
  const isStrategy = missingOf(exported) === undefined || typeof exported !== 'function';
  const given = isStrategy ? exported : await called(exported as () => unknown, module, name, place);
  const missing = missingOf(given);
  if (missing !== undefined) throw strategyError(place, `what ${module} exports as ${name} ${missing}`);
  const spec = strategySpecOf(given);
  if (spec.kind === 'module') throw strategyError(place, `${module} exports as ${name} a module, not a strategy`);
  return spec;
}

async function imported(module: string, name: string, place: StrategyPlace): Promise<unknown> {
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await import(module);
  } catch (cause) {
    throw strategyError(place, `${module} cannot be loaded`, { cause });
  }
  if (name in exports) return exports[name];
  throw strategyError(place, `${module} has no export ${name}; it has ${Object.keys(exports).join(', ') || 'none'}`);
}

async function called(make: () => unknown, module: string, name: string, place: StrategyPlace): Promise<unknown> {
  try {
    return await make();
  } catch (cause) {
    throw strategyError(place, `the export ${name} of ${module} threw instead of making a strategy`, { cause });
  }
}
