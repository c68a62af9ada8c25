/**
 * `lithify/inspect`: the local page of an engine, served by itself; `engine.inspect()` does the same.
 * @module
 */
import type { Engine } from '../kv/engine.ts';
import type { InspectOptions, Inspector } from '../protocol/inspection.ts';
import { serveInspector } from './serve-inspector.ts';

/**
 * Serves the local page of an engine, on loopback and behind a secret, until it is closed or the engine closes. It never
 * holds the process open. LITHIFY_INVALID_ARGUMENT: an option, or a port that cannot be had, with Node's own error, such as
 * EADDRINUSE, as the cause. LITHIFY_CLOSED: the engine is closed. LITHIFY_UNSUPPORTED: the page is not beside this code.
 */
export async function inspect(engine: Engine, options: InspectOptions = {}): Promise<Inspector> {
  return await serveInspector(engine, options);
}

export type { InspectOptions, Inspector } from '../protocol/inspection.ts';
export type { Bye, Frame, Health, Hello, SendReply, ShapeView, TopicView } from './frames.ts';
