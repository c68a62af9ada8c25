import type { BlobId } from '../../../protocol/messages.ts';
import type { LogPart, LogState } from '../../../storage/log/part.ts';
import type { Core } from '../../core.ts';
import type { Observed } from '../observation.ts';
import type { LogFacts, LogRules } from './blob-facts.ts';

/** What topics have in a blob. */
export function logsIn(engine: Observed, core: Core, id: BlobId): LogFacts[] {
  return partitions(core).flatMap((state) => {
    const parts = state.parts.filter(({ blob }) => blob.id === id);
    return parts.length === 0 ? [] : [factsOf(engine, core, state, parts)];
  });
}

/** The part whose record has this blob for its value. */
export function valueIn(engine: Observed, core: Core, id: BlobId): LogFacts | undefined {
  for (const state of partitions(core)) {
    const part = state.parts.find(({ staged }) => staged.some((value) => value.id === id));
    if (part !== undefined) return factsOf(engine, core, state, [part]);
  }
  return undefined;
}

function partitions({ tablet }: Core): LogState[] {
  return [...tablet.logs.partitions.values()];
}

function factsOf(engine: Observed, core: Core, state: LogState, parts: readonly LogPart[]): LogFacts {
  const topic = core.tablet.logs.topics.get(state.topic)?.name ?? String(state.topic);
  const rules = rulesOf(engine, core, { topic, state, lastOffset: Math.max(...parts.map((part) => part.lastOffset)) });
  const sum = (pick: (part: LogPart) => number) => parts.reduce((total, part) => total + pick(part), 0);
  return {
    topic,
    partition: state.partition,
    records: sum(({ records }) => records),
    bytes: sum(({ bytes }) => bytes),
    firstOffset: Math.min(...parts.map((part) => part.firstOffset)),
    lastOffset: Math.max(...parts.map((part) => part.lastOffset)),
    isCompacted: parts.every(({ compacted }) => compacted),
    ...(rules && { rules }),
  };
}

interface Of {
  readonly topic: string;
  readonly state: LogState;
  readonly lastOffset: number;
}

function rulesOf({ logs }: Observed, core: Core, { topic, state, lastOffset }: Of): LogRules | undefined {
  const settings = logs.settingsOf(topic);
  if (settings === undefined) return undefined;
  const { strategy, maxAgeMs, maxBytes, compactionThreshold, minDirtyRatio, keepUnreadBy } = settings;
  const compactor = logs.stats().find((one) => one.topic === topic && one.partition === state.partition);
  const { dirtyBytes, totalBytes } = core.topics.load(state.topic, state.partition);
  const unreadBy = keepUnreadBy.flatMap((group) => {
    const committed = core.topics.groupOffset({ topic: state.topic, partition: state.partition, group })?.offset;
    return committed === undefined || committed < lastOffset ? [{ group, ...(committed !== undefined && { committed }) }] : [];
  });
  return {
    hasStrategy: strategy !== undefined,
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...{ dirtyBytes, totalBytes, compactionThreshold, minDirtyRatio, unreadBy },
    state: compactor?.state ?? 'idle',
    ...(compactor?.error && { error: { code: compactor.error.code, message: compactor.error.message } }),
  };
}
