import { readdir, readFile } from 'node:fs/promises';
import type { Feed } from './feed/feed.ts';
import { answer, refuse } from './http/answer.ts';
import type { Exchange, Route } from './http/server.ts';
import type { Inspected } from './inspected.ts';
import { fileAnswer, pageFiles } from './page-files.ts';
import { onePerEngine } from './per-engine.ts';
import { RecorderDownloads } from './recorder-downloads.ts';
import { SendDesk } from './send.ts';
import { explain } from './why.ts';

const START_PAGE = 'index.html';
const downloadsOf = onePerEngine((engine) => new RecorderDownloads(engine.recorder));

/** Everything that can be asked for, by its name behind the secret. */
export async function routesOf(engine: Inspected, feed: Feed): Promise<ReadonlyMap<string, Route>> {
  const files = await pageFiles();
  const desk = new SendDesk(engine);
  const downloads = downloadsOf(engine);
  const start = files.get(START_PAGE);
  return new Map<string, Route>([
    ...[...files].map(([name, path]) => [name, get(({ response }) => serveFile(response, path))] as const),
    ...(start === undefined ? [] : [['', get(({ response }) => serveFile(response, start))] as const]),
    ['events', get(({ response }) => feed.accept(response) || refuse(response, 503, 'Too many pages look at this engine.'))],
    ['why', get(({ query, response }) => explain(engine.why, query, response))],
    ['recorder', get((exchange) => downloads.serve(exchange))],
    ['charts', get(({ response }) => serveCharts(response))],
    ['send', { method: 'POST', handle: ({ request, response }) => desk.take(request, response) }],
  ]);
}

function get(handle: (exchange: Exchange) => unknown): Route {
  return {
    method: 'GET',
    handle: async (exchange) => {
      await handle(exchange);
    },
  };
}

type Response = Exchange['response'];

async function serveFile(response: Response, path: string): Promise<void> {
  answer(response, await fileAnswer(path));
}

/** As they were laid out when the package was built: every file is one chart. */
async function serveCharts(response: Response): Promise<void> {
  const directory = new URL('./charts/', import.meta.url);
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
  const charts = await Promise.all(names.map((name) => readFile(new URL(name, directory), 'utf8')));
  answer(response, { type: 'application/json', body: `[${charts.join(',')}]` });
}
