import type { CompactionSettings } from '../../protocol/compaction-options.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { Offset } from '../../protocol/log.ts';
import type {
  AnalyzeJob,
  AnalyzeProgress,
  AnalyzeResult,
  ResultOf,
  RewriteJob,
  RewriteResult,
  RewriteRules,
} from '../../storage/jobs/job.ts';
import { type LogTopic, partName } from '../../storage/log/catalog.ts';
import type { LogPart, PartitionId } from '../../storage/log/part.ts';
import type { StrategySpec } from '../../storage/log/strategy.ts';
import type { Core } from '../core.ts';
import type { EventHub } from '../events.ts';
import type { TicketContext } from '../tickets/context.ts';
import { agePartition } from './ageing.ts';
import { expectEpoch } from './epoch.ts';
import type { PartitionStorage, Pass } from './partition-storage.ts';
import type { PhaseDesk, PhaseResult } from './phase-desk.ts';
import { guardsOf, rulesFor } from './rewrite-rules.ts';
import { StrategyWatch } from './strategy-watch.ts';
import type { LogLoad } from './when-to-compact.ts';

/** What the pass under way has reached so far. */
interface Reached {
  readonly parts: readonly LogPart[];
  /** It is the first pass of its run. */
  readonly isFirst: boolean;
  readonly rules: RewriteRules;
  analyzed?: AnalyzeResult;
  /** Of the opening of LevelDB under which the parts are written: another one sweeps what no manifest knows. */
  epoch: number;
  outputs: LogPart[];
  resume?: RewriteJob['resume'];
}

export interface PartitionStorageParts {
  readonly of: () => Core;
  readonly desk: PhaseDesk;
  readonly hub: EventHub;
  readonly topic: LogTopic;
  readonly partition: number;
  readonly settings: CompactionSettings;
  /** undefined: only rules decide. */
  readonly strategy: StrategySpec | undefined;
}

/** What the phases of a log's compaction do with the store. One registration's; its phases come one after the other. */
export class PartitionPhases implements PartitionStorage {
  readonly #parts: PartitionStorageParts;
  readonly #id: PartitionId;
  #reached: Reached | undefined;

  constructor(parts: PartitionStorageParts) {
    this.#parts = parts;
    this.#id = { topic: parts.topic.id, partition: parts.partition };
  }

  /** Asked in the middle of commits, so it never throws: a topic that was dropped has nothing. */
  load(): LogLoad {
    const { topics } = this.#parts.of();
    if (!topics.has(this.#id)) return { dirtyBytes: 0, totalBytes: 0 };
    const load = topics.load(this.#id.topic, this.#id.partition);
    const { tombstone, ...oldest } = load.oldest;
    const isRelevant = tombstone !== undefined && mayHaveTombstones(this.#parts.strategy);
    return isRelevant ? load : { ...load, oldest };
  }

  amount(): Pick<LogLoad, 'dirtyBytes' | 'totalBytes'> {
    return this.#parts.of().topics.amount(this.#id.topic, this.#id.partition);
  }

  /** What a run that never ended has written is swept when the store is opened; in an open one it is given back here. */
  async recover(): Promise<void> {
    await this.discard();
  }

  get topic(): string {
    return this.#parts.topic.name;
  }

  ageActive(signal: AbortSignal): Promise<{ end: Offset | undefined }> {
    const { of, desk, topic } = this.#parts;
    const reason = `topic '${topic.name}' is to be compacted`;
    return desk.submit('age', async (context) => ({ done: { end: await agePartition(of(), this.#id, context, reason) } }), signal);
  }

  async analyze({ signal, from, registration, run, pass }: Pass): Promise<{ overflowAt: Offset | undefined }> {
    await this.discard();
    const { of, desk, settings, strategy, topic } = this.#parts;
    const state = of().topics.state(this.#id.topic, this.#id.partition);
    this.#reached = {
      parts: state.parts,
      isFirst: pass === 1,
      rules: rulesFor(state, settings, this.#readBy(pass === 1), of().runtime.clock.wall()),
      epoch: of().store.state.epoch,
      outputs: [],
    };
    if (strategy === undefined) return { overflowAt: undefined };
    const { parts } = this.#reached;
    let resume: AnalyzeProgress | undefined;
    const analyzed = await desk.submit(
      'analyze',
      async (context): Promise<PhaseResult<AnalyzeResult>> => {
        const name = `${registration}/${run}/${pass}`;
        const job = { kind: 'analyze' as const, pass: name, topic: topic.name, partition: this.#id.partition, parts, strategy, from };
        const result = await this.#run(context, { ...job, ...(resume && { resume }) }, `pass ${pass} from offset ${from}`);
        of().tablet.bytesRead += result.bytesRead;
        resume = result.resume;
        return resume === undefined ? { done: result } : { again: true };
      },
      signal,
    );
    this.#reached.analyzed = analyzed;
    return { overflowAt: analyzed.overflowAt };
  }

  async newWork(): Promise<void> {
    this.#expectPass();
  }

  /** Writes the new parts; nobody sees them before the swap. */
  rewrite({ signal, pass }: Pass): Promise<void> {
    const { desk, of } = this.#parts;
    const state = this.#expectPass();
    return desk.submit(
      'rewrite',
      async (context): Promise<PhaseResult<void>> => {
        if (state.outputs.length === 0) state.epoch = of().store.state.epoch;
        const result: RewriteResult = await this.#run(context, this.#rewriteJob(state), `pass ${pass}: what is kept is copied`);
        of().tablet.countLog(result);
        state.outputs.push(...result.parts);
        if (result.resumeAt === undefined) return { done: undefined };
        state.resume = { next: result.resumeAt, ...(result.sizeFloor !== undefined && { sizeFloor: result.sizeFloor }) };
        return { again: true };
      },
      signal,
    );
  }

  /** New parts for old, in one commit. */
  async swap(): Promise<void> {
    const { parts, outputs, epoch } = this.#expectPass();
    const { of, topic } = this.#parts;
    const changes = [{ ...this.#id, removed: parts.map(partName), added: outputs }];
    await of().tablet.commitLog(() => {
      expectEpoch(of().store, epoch);
      // A commit that fails may be on disk all the same: from here on nothing of it is given back.
      this.#reached = undefined;
      return { changes };
    }, `topic '${topic.name}' is compacted`);
  }

  #rewriteJob({ parts, isFirst, rules: all, analyzed, resume }: Reached): RewriteJob {
    const { of, topic, strategy } = this.#parts;
    const { blockBytes, tableBytes } = of().options;
    const { keepBytes, ...rest } = all;
    // Before the last pass, what later ones drop would count as well.
    const isLast = analyzed?.overflowAt === undefined;
    const rules: RewriteRules = { ...rest, ...(isLast && keepBytes !== undefined && { keepBytes }) };
    return {
      ...{ kind: 'rewrite', topic: topic.name, partition: this.#id.partition, parts, rules, blockBytes, partBytes: tableBytes },
      ...(strategy && { strategy }),
      ...(analyzed?.map && { map: analyzed.map, isOneOfSeveral: !(isFirst && isLast) }),
      ...(resume && { resume }),
    };
  }

  /** A strategy that is an object cannot go to another thread; one of the user's is watched, wherever it runs. */
  #run<J extends AnalyzeJob | RewriteJob>(context: TicketContext, job: J, reason: string): Promise<ResultOf<J>> {
    const { strategy, settings, of } = this.#parts;
    if (strategy?.kind !== 'object' && strategy?.kind !== 'module') return context.job(job, reason);
    const watch = new StrategyWatch({ clock: of().runtime.clock, budgetMs: settings.budgetMs, place: job, strategy });
    const watched = { ...job, calls: watch.calls.buffer };
    return strategy.kind === 'object' ? context.jobHere(watched, reason, watch) : context.job(watched, reason, watch);
  }

  /** What each group that is waited for has consumed; undefined: nothing. Says, once a run, which hold the log, and which no longer do. */
  #readBy(isSaid: boolean): readonly (Offset | undefined)[] {
    const { of, settings, hub } = this.#parts;
    const { topics, runtime } = of();
    const { topic, partition } = this.#id;
    const guards = settings.keepUnreadBy.map((group) => ({ group, stored: topics.groupOffset({ ...this.#id, group }) }));
    const { readBy, reports } = guardsOf(guards, settings, topics.offsets(topic, partition).end, runtime.clock.wall());
    for (const held of isSaid ? reports : []) hub.emit({ type: 'groupHoldsLog', topic: this.topic, partition, ...held });
    return readBy;
  }

  /** What was written and not swapped in is garbage. */
  async discard(): Promise<void> {
    const outputs = this.#reached?.outputs ?? [];
    this.#reached = undefined;
    if (outputs.length > 0) await this.#parts.of().tablet.discardBlobs([...new Map(outputs.map(({ blob }) => [blob.id, blob])).values()]);
  }

  #expectPass(): Reached {
    if (this.#reached !== undefined) return this.#reached;
    throw new LithifyError('LITHIFY_INTERNAL', 'A log is to be rewritten that was not analyzed.');
  }
}

/** What a module's strategy has is known only where it is loaded. */
function mayHaveTombstones(strategy: StrategySpec | undefined): boolean {
  switch (strategy?.kind) {
    case 'key':
    case 'nth':
      return strategy.emptyIsTombstone === true;
    case 'object':
      return strategy.strategy.tombstone !== undefined;
    default:
      return strategy !== undefined;
  }
}
